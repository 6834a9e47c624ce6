"""Has one answer to everything, sequence number included."""

import honest_hello


def lie(_command):
    """Always this."""
    honest_hello.reply({"seq": 2}, status="ok", result={})


honest_hello.serve(lie)
