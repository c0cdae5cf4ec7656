# SPDX-License-Identifier: GPL-3.0-or-later
"""An AIMoCap-compatible motion capture service on this machine.

It speaks the documented HTTP contract on a loopback address, keeps jobs and v-credit in SQLite and
files in one data folder, and does the capture in worker processes that it can stop. Start it with
`python3 scripts/local_service`.
"""
