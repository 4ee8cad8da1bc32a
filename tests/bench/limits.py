# SPDX-License-Identifier: Apache-2.0
"""What is promised of a bench, beside what it found."""


def judged(limits, found):
    """Prints each limit, (what, name of the figure, least, most), either None, beside what was found, and answers whether all are kept."""
    kept = []
    for what, name, least, most in limits:
        kept.append((least is None or found[name] >= least) and (most is None or found[name] <= most))
        bound = f"at least {least}" if most is None else f"of {most}"
        print(f"  {'kept  ' if kept[-1] else 'MISSED'}  {found[name]:7.2f} {bound} {what}")
    return all(kept)
