"""The words of machines, as data: what mail systems, filters and firms' systems write.

patterns   Read the lists, one pattern a line
"""
