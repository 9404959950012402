"""Keeping in touch: people, the plans of their touches, and the dates on which these fall due.

values     a person, their addresses, touches and events as plain values
spans      "35 days", "1 business day": lengths of time as plans write them
plan       plans as data (plans/*.toml)
days_off   weekends, public holidays and time zones of a place (holidays, tzdata)
dates      when the next touch falls due, and why: arithmetic over plain values, no clock, no disk
typed      the dates that a user types
matching   which person the user means
"""
