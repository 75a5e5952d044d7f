using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vdi.Protocol.UnixSockets;

/// <summary>What the framework's sockets lack on unix: connected pairs, passing descriptors (unix(7), SCM_RIGHTS) and asking
/// who is at the other end (SO_PEERCRED).</summary>
public static partial class UnixSocket
{
    private const int AfUnix = 1;
    private const int SockStreamCloexec = 1 | 0x80000;
    private const int SolSocket = 1;
    private const int ScmRights = 1;
    private const int SoPeerCred = 17;
    private const int MsgControlTruncated = 0x8;
    private const int MsgDontWait = 0x40;
    private const int MsgNoSignal = 0x4000;
    private const int MsgCloseOnExec = 0x40000000;
    private const int Again = 11;
    private const int Interrupted = 4;

    /// <summary>The user that the kernel knows this process as, to whoever asks at the other end of a socket.</summary>
    public static uint EffectiveUser => geteuid();

    /// <summary>Two connected stream sockets, both closed on exec.</summary>
    public static unsafe (Socket Mine, Socket Theirs) Pair()
    {
        var ends = stackalloc int[2];
        if (socketpair(AfUnix, SockStreamCloexec, 0, ends) != 0)
        {
            throw new IOException($"socketpair failed: errno {Marshal.GetLastPInvokeError()}");
        }

        return (new Socket(new SafeSocketHandle(ends[0], ownsHandle: true)), new Socket(new SafeSocketHandle(ends[1], ownsHandle: true)));
    }

    /// <summary>Who made the other end, as the kernel noted it when that end began to listen, connected, or was made as a pair.</summary>
    public static PeerCredential PeerOf(Socket socket)
    {
        Span<int> credential = stackalloc int[3];
        var length = socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(credential));
        return length == 12 ? new PeerCredential(credential[0], credential[1], credential[2]) : throw new IOException($"SO_PEERCRED gave {length} bytes");
    }

    /// <summary>Sends <paramref name="payload"/> (at least a byte) with one descriptor beside it, in one blocking-free call;
    /// the receiver gets its own copy.</summary>
    public static unsafe void SendWithDescriptor(Socket socket, ReadOnlySpan<byte> payload, SafeHandle descriptor)
    {
        var added = false;
        descriptor.DangerousAddRef(ref added);
        try
        {
            // cmsghdr: size_t len, int level, int type, then the descriptor, padded to 8.
            var control = stackalloc byte[24];
            *(nuint*)control = 20;
            *(int*)(control + 8) = SolSocket;
            *(int*)(control + 12) = ScmRights;
            *(int*)(control + 16) = (int)descriptor.DangerousGetHandle();
            fixed (byte* data = payload)
            {
                var vector = new IoVector { Base = data, Length = (nuint)payload.Length };
                var message = new MessageHeader { Vector = &vector, VectorLength = 1, Control = control, ControlLength = 24 };
                var sent = sendmsg((int)socket.SafeHandle.DangerousGetHandle(), &message, MsgNoSignal);
                if (sent != payload.Length)
                {
                    throw new IOException($"sendmsg sent {sent} of {payload.Length} bytes: errno {Marshal.GetLastPInvokeError()}");
                }
            }
        }
        finally
        {
            if (added)
            {
                descriptor.DangerousRelease();
            }
        }
    }

    /// <summary>Takes what has come, with the descriptors beside it (closed on exec), which the caller owns from then on; never waits.
    /// The number of bytes, 0 at the end of the line, -1 where nothing has come.</summary>
    /// <param name="most">More descriptors than so many in one go are a broken protocol; at most 16.</param>
    /// <exception cref="InvalidDataException">There were more; those that came are in <paramref name="descriptors"/>.</exception>
    public static unsafe int TryReceive(Socket socket, Span<byte> into, Queue<SafeFileHandle> descriptors, int most)
    {
        const int Header = 16;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, 16);
        var controlLength = Header + (((most * sizeof(int)) + 7) & ~7);
        var control = stackalloc byte[controlLength];
        fixed (byte* data = into)
        {
            var vector = new IoVector { Base = data, Length = (nuint)into.Length };
            var message = new MessageHeader { Vector = &vector, VectorLength = 1, Control = control, ControlLength = (nuint)controlLength };
            var received = recvmsg(socket.SafeHandle, &message, MsgDontWait | MsgCloseOnExec);
            if (received < 0)
            {
                return Marshal.GetLastPInvokeError() is Again or Interrupted ? -1 : throw new IOException($"recvmsg failed: errno {Marshal.GetLastPInvokeError()}");
            }

            // One header at most: the room is for no more, and the kernel closes what does not fit.
            var count = 0;
            if (message.ControlLength >= Header && *(int*)(control + 8) == SolSocket && *(int*)(control + 12) == ScmRights)
            {
                count = (int)((*(nuint*)control - Header) / sizeof(int));
                for (var i = 0; i < count; i++)
                {
                    descriptors.Enqueue(new SafeFileHandle(((int*)(control + Header))[i], ownsHandle: true));
                }
            }

            return (message.Flags & MsgControlTruncated) == 0 && count <= most
                ? (int)received
                : throw new InvalidDataException($"more than {most} descriptors at once");
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vector;
        public nuint VectorLength;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int socketpair(int domain, int type, int protocol, int* ends);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint recvmsg(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint sendmsg(int socket, MessageHeader* message, int flags);
}

/// <summary>Process, user and group of a socket's other end (unix(7), struct ucred).</summary>
public readonly record struct PeerCredential(int Pid, int Uid, int Gid);
