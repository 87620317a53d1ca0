/**
 * Runs inside the child process, by `python -I -S -B -c`. Same input and output as `javascriptBootstrap`.
 *
 * Python has no permission model. The limits are the kernel's (memory, processor time, file size, processes) and an
 * audit hook (PEP 578), which cannot be taken off again: it refuses sockets, other processes, native libraries, files
 * outside the folder, and reading outside the interpreter's own.
 */
export const pythonBootstrap: string = String.raw`
import io, json, os, sys

def main():
    data = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    memory, seconds = data["memoryBytes"], data["seconds"]
    import resource
    for name, value in (("RLIMIT_AS", memory), ("RLIMIT_CPU", seconds), ("RLIMIT_FSIZE", 1 << 20),
                        ("RLIMIT_CORE", 0), ("RLIMIT_NOFILE", 64), ("RLIMIT_NPROC", 0)):
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            pass

    write, encode, token = os.write, json.dumps, data["token"]

    def say(line):
        try:
            text = encode(line)
        except (TypeError, ValueError, RecursionError) as error:
            text = encode({"call": line.get("call"), "error": "the result is no JSON: %s" % error})
        left = memoryview((text + "\n").encode("utf-8"))
        while left:
            left = left[write(3, left):]

    def explain(error):
        return "%s: %s" % (type(error).__name__, error)

    folder = os.path.realpath(os.getcwd()) + os.sep
    readable = tuple(os.path.realpath(path) + os.sep for path in {sys.prefix, sys.base_prefix, os.path.dirname(os.__file__)}) + (folder,)
    denied_modules = {"ctypes", "_ctypes", "socket", "_socket", "ssl", "_ssl", "subprocess", "_posixsubprocess", "multiprocessing",
                      "_multiprocessing", "resource", "pty", "signal", "faulthandler", "mmap", "gc"}
    denied = ("socket.", "subprocess.", "ctypes.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty",
              "os.kill", "os.putenv", "os.setxattr", "os.chown", "os.chmod", "os.chflags", "pty.", "signal.", "mmap.", "gc.",
              "sys.settrace", "sys.setprofile", "sys._current_frames", "shutil.", "urllib.", "http.", "ftplib.",
              "smtplib.", "code.__new__")
    moved = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.utime", "os.chdir")
    listed = ("os.listdir", "os.scandir")
    realpath, fspath, fsdecode = os.path.realpath, os.fspath, os.fsdecode

    def inside(path, places):
        if isinstance(path, int):
            return path > 2
        if path is None:
            path = "."
        return (realpath(fsdecode(fspath(path))) + os.sep).startswith(places)

    def hook(event, args):
        if event == "import" and args[0].split(".")[0] in denied_modules:
            raise PermissionError("no module " + args[0])
        if event == "open":
            path, mode, flags = args
            writes = (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
            if isinstance(path, int) or not inside(path, (folder,) if writes else readable):
                raise PermissionError("no file %r" % (path,))
        elif event in moved:
            if not all(inside(path, (folder,)) for path in args if not isinstance(path, int) or path > 2):
                raise PermissionError("no " + event + " outside the folder")
        elif event in listed:
            if not inside(args[0], readable):
                raise PermissionError("no " + event + " there")
        elif event.startswith(denied):
            raise PermissionError("no " + event)

    names = {"__name__": "answer"}
    try:
        compiled = compile(data["code"], "answer.py", "exec")
    except (SyntaxError, ValueError) as error:
        say({"load": explain(error)})
        return
    sys.stdin = io.StringIO()
    calls, checks, entry = data["calls"], data["checks"], data.get("entryPoint")
    del data
    sys.addaudithook(hook)
    try:
        exec(compiled, names)
    except BaseException as error:
        say({"load": explain(error)})
        return
    if calls and not callable(names.get(entry)):
        say({"load": "there is no function %s" % entry})
        return
    for index, args in enumerate(calls):
        try:
            value = names[entry](*args)
        except BaseException as error:
            say({"call": index, "error": explain(error)})
        else:
            say({"call": index, "value": value})
    for index, source in enumerate(checks):
        try:
            exec(compile(source, "check.py", "exec"), names)
        except BaseException as error:
            say({"check": index, "error": explain(error), "token": token})
        else:
            say({"check": index, "token": token})
    say({"done": True})

main()
sys.stdout.flush()
os._exit(0)
`
