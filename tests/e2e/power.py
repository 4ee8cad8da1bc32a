# SPDX-License-Identifier: Apache-2.0
"""A power cut, made up afterwards from what tests/faults/inject.c wrote down.

A file has the bytes it had when it was last synced; a name is there when its directory was synced behind it.  That is all POSIX
promises, and less than any file system in use keeps.  Of what was not synced nothing survives (LEAST), all of it does (ALL: as
after a kill), or any part, with writes torn at sectors (SOME)."""
import copy
import os
import stat
import struct

RECORD = struct.Struct("=IIQQQQII")  # struct record of inject.c
WRITE, SYNC, TRUNCATE, RENAME, UNLINK, MAKE, SEND, TELL = range(8)
SYNC_BEGINS = 11
SECTOR = 512
LEAST, SOME, ALL = "nothing un-synced", "some of what is un-synced", "everything"


def records(path):
    """(op, directory, file, at, name, other name, bytes), in the order in which it happened; less one that is half written."""
    with open(path, "rb") as f:
        text = f.read()
    at, found = 0, []
    while at + RECORD.size <= len(text):
        _, op, directory, file, place, n, name_n, other_n = RECORD.unpack_from(text, at)
        at += RECORD.size
        if at + name_n + other_n + n > len(text):
            break
        name, other = text[at:at + name_n].decode(), text[at + name_n:at + name_n + other_n].decode()
        at += name_n + other_n
        found.append((op, directory, file, place, name, other, text[at:at + n]))
        at += n
    return found


def patched(content, at, piece):
    content = content.ljust(at, b"\0")
    return content[:at] + piece + content[at + len(piece):]


class File:
    def __init__(self, content=b"", mode=0o600, owner=(0, 0)):
        self.durable, self.pending, self.mode, self.owner = content, [], mode, owner
        self.begun = None

    def write(self, at, piece):
        self.pending.append(lambda content: patched(content, at, piece))
        self.pending[-1].piece = (at, piece)

    def cut(self, n):
        self.pending.append(lambda content: content[:n].ljust(n, b"\0"))
        self.pending[-1].piece = None

    def begin_sync(self, content):
        self.begun = (content, len(self.pending))

    def sync(self):
        """What another thread wrote meanwhile may not be there."""
        content, known = self.begun
        self.durable, self.pending, self.begun = content, self.pending[known:], None

    def content(self, keep, chance):
        content = self.durable
        for change in self.pending:
            if keep is ALL or (keep is SOME and chance.random() < 0.5):
                content = change(content)
            elif keep is SOME and change.piece and chance.random() < 0.5:
                at, piece = change.piece
                content = patched(content, at, piece[:chance.randrange(len(piece) // SECTOR + 1) * SECTOR])
        return content


class Directory:
    def __init__(self, mode=0o700, owner=(0, 0)):
        self.durable, self.pending, self.mode, self.owner = {}, [], mode, owner

    def change(self, gone, name=None, what=None):
        self.pending.append((gone, name, what))

    def sync(self):
        self.durable, self.pending = self.names(ALL, None), []

    def names(self, keep, chance):
        names = dict(self.durable)
        for gone, name, what in self.pending:
            if keep is ALL or (keep is SOME and chance.random() < 0.5):
                names.pop(gone, None)
                if name:
                    names[name] = what
        return names


class Disk:
    """What is below a directory: all of it durable at first."""

    def __init__(self, path):
        self.path, self.inodes = path, {}
        self.root = self._read(path)

    def _read(self, path):
        about = os.lstat(path)
        owner = (about.st_uid, about.st_gid)
        if stat.S_ISDIR(about.st_mode):
            one = Directory(about.st_mode & 0o7777, owner)
            for name in os.listdir(path):
                child = self._read(os.path.join(path, name))
                if child:
                    one.durable[name] = child
        elif stat.S_ISREG(about.st_mode):
            with open(path, "rb") as f:
                one = File(f.read(), about.st_mode & 0o7777, owner)
        else:
            return None
        self.inodes[about.st_ino] = one
        return one

    def copy(self):
        return copy.deepcopy(self)

    def apply(self, record):
        op, directory, inode, at, name, other, data = record
        where, what = self.inodes.get(directory), self.inodes.get(inode)
        if op == MAKE and where:
            what = Directory(owner=where.owner) if at else File(owner=where.owner)
            self.inodes[inode] = what
            where.change(None, name, what)
        elif op == RENAME and where and what:
            where.change(name, other, what)
        elif op == UNLINK and where:
            where.change(name)
        elif op == SYNC and isinstance(what, Directory):
            what.sync()
        elif op == SYNC_BEGINS and isinstance(what, File):
            what.begin_sync(data)
        elif op == SYNC and what:
            what.sync()
        elif op == WRITE and isinstance(what, File):
            what.write(at, data)
        elif op == TRUNCATE and isinstance(what, File):
            what.cut(at)

    def write_out(self, keep, chance, one=None, path=None):
        """Makes the directory what the next start finds."""
        one, path = one or self.root, path or self.path
        for name in os.listdir(path):
            remove(os.path.join(path, name))
        for name, what in one.names(keep, chance).items():
            below = os.path.join(path, name)
            if isinstance(what, Directory):
                os.mkdir(below)
                self.write_out(keep, chance, what, below)
            else:
                with open(below, "wb") as f:
                    f.write(what.content(keep, chance))
            os.chown(below, *what.owner)
            os.chmod(below, what.mode)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        for name in os.listdir(path):
            remove(os.path.join(path, name))
        os.rmdir(path)
    else:
        os.unlink(path)
