"""Runs a command, and says how much memory it took at most, in kB: ``python child.py COMMAND…``.

Linux counts what a process had before it became another program, so that a command begun by a large
process would seem to be large. This one is small.
"""

import os
import subprocess
import sys

done = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(done.pid, 0)
done.returncode = os.waitstatus_to_exitcode(status)
print(used.ru_maxrss)
sys.exit(done.returncode)
