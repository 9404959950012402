"""The control: letters by smtplib straight from procrastinate's jobs, tried again, as one does without a ledger."""

from __future__ import annotations

import smtplib
import sys
from email.message import EmailMessage

import procrastinate

SILENCE = 1.5


def app_of(url, port):
    """An app whose task sends one letter, and is tried again where it fails."""
    connector = procrastinate.PsycopgConnector(conninfo=url, kwargs={"options": "-c search_path=procrastinate"})
    app = procrastinate.App(connector=connector)

    @app.task(name="send", retry=procrastinate.RetryStrategy(max_attempts=9, wait=0))
    def send(number, mailbox):
        message = EmailMessage()
        message["From"], message["To"] = mailbox, f"n{number}@x.example"
        message["Message-ID"] = f"<{number}@control.example>"
        message.set_content("Good luck.")
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
            server.login(mailbox, "control")
            server.send_message(message)

    @app.task(name="retry")
    async def retry():
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE):
            await app.job_manager.retry_job(job)

    return app


async def _work(app):
    async with app.open_async():
        await app.configure_task("retry").defer_async()
        await app.run_worker_async(
            concurrency=4, wait=False, update_heartbeat_interval=0.2, stalled_worker_timeout=SILENCE
        )


if __name__ == "__main__":
    import asyncio

    asyncio.run(_work(app_of(sys.argv[1], int(sys.argv[2]))))
