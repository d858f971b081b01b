"""Programs that are measured: each in a session of its own, with what its processes use together."""

import atexit
import os
import signal
import subprocess
import time

RUNNING = set()


class Program:
    def __init__(self, arguments, folder, log, environment=()):
        # The same for everybody, whatever the shell holds: the official CLI copies it for each request.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "USER") if name in os.environ}
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments], cwd=folder, env={**kept, "LANG": "C.UTF-8", **dict(environment)},
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        self.log = log
        RUNNING.add(self)

    def has_ended(self):
        return self.process.poll() is not None

    def said(self):
        with open(self.log, errors="replace") as log:
            return log.read()[-2000:]

    def pids(self):
        """The processes of its session."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/stat") as stat:
                    fields = stat.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.process.pid:
                found.append(int(name))
        return found

    def cpu(self):
        """Seconds of CPU that its threads have had, to the nanosecond."""
        total = 0
        for pid in self.pids():
            try:
                threads = os.listdir(f"/proc/{pid}/task")
            except OSError:
                continue
            for thread in threads:
                try:
                    with open(f"/proc/{pid}/task/{thread}/schedstat") as stat:
                        total += int(stat.read().split()[0])
                except OSError:
                    continue
        return total / 1e9

    def private_megabytes(self):
        """Memory that is its own: what the machine has to find. Pages of files can be dropped."""
        kilobytes = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as pages:
                    kilobytes += sum(int(line.split()[1]) for line in pages if line.startswith("Private_Dirty:"))
            except OSError:
                continue
        return kilobytes / 1024

    def stop(self):
        for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                self.process.poll()
                if not self.pids():
                    RUNNING.discard(self)
                    return
                time.sleep(0.005)


def stop_all():
    for program in list(RUNNING):
        program.stop()


def busy_seconds():
    """CPU that the whole machine has used."""
    with open("/proc/stat") as stat:
        fields = [int(field) for field in stat.readline().split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:7])) / os.sysconf("SC_CLK_TCK")


atexit.register(stop_all)
