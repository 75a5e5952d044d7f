using System.Net.Sockets;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.DBus;
using Vdi.Protocol.UnixSockets;

namespace Vdi.TestSupport.Screens;

/// <summary>What QEMU says on its D-Bus display, as bytes.</summary>
public static class DBusScript
{
    /// <summary>Everything that a listener knows: pixels both ways, sizes, pointers, switched off, what it refuses. Two descriptors come
    /// with its first bytes.</summary>
    public static byte[] Session()
    {
        const uint Format = DBusPeer.Format;
        var serial = 0u;
        return
        [
            .. Call(Display1.Properties, "GetAll", "s", new DBusWriter().Text(Display1.Listener).Written.ToArray()),
            .. Call(Display1.ListenerUnixMap, "ScanoutMap", ScanoutMap.Signature, new ScanoutMap(0, 40, 30, 160, Format).Write(), 1),
            .. Call(Display1.ListenerUnixMap, "UpdateMap", UpdateMap.Signature, new UpdateMap(0, 0, 40, 30).Write()),
            .. Call(Display1.Listener, "CursorDefine", CursorDefine.Signature, new CursorDefine(8, 6, 1, 1, new byte[8 * 6 * 4]).Write()),
            .. Call(Display1.Listener, "MouseSet", MouseSet.Signature, new MouseSet(3, 3, 1).Write()),
            .. Call(Display1.Listener, "Scanout", Scanout.Signature, new Scanout(10, 30, 40, Format, new byte[1200]).Write()),
            .. Call(Display1.Listener, "Update", Update.Signature, new Update(new(3, 4, 7, 5), 28, Format, new byte[140]).Write()),
            .. Call(Display1.Listener, "ScanoutDMABUF", "huuuutb", new byte[32]),
            .. Call(Display1.ListenerUnixMap, "ScanoutMap", ScanoutMap.Signature, new ScanoutMap(16, 20, 10, 96, 0x20038888).Write(), 1),
            .. Call(Display1.ListenerUnixMap, "UpdateMap", UpdateMap.Signature, new UpdateMap(19, 9, 1, 1).Write()),
            .. Call(Display1.Listener, "MouseSet", MouseSet.Signature, new MouseSet(3, 3, 0).Write()),
            .. Call(Display1.Listener, "Disable", "", []),
        ];

        byte[] Call(string @interface, string member, string signature, byte[] body, uint descriptors = 0) =>
            DBusMessage.Call(++serial, Display1.ListenerPath, @interface, member, signature, body, descriptors, wantsReply: serial % 2 == 0);
    }

    /// <summary>The other connection, on which QEMU is called: its handshake, its answers, and a property that changed.</summary>
    public static byte[] Answers()
    {
        var entry = new DBusWriter().Text(Display1.IsAbsolute).Signature("b").Align(4).U32(0);
        return
        [
            .. "OK 1234\r\nAGREE_UNIX_FD\r\n"u8,
            .. DBusMessage.Return(1, 1, "", []),
            .. DBusMessage.Signal(2, Display1.ConsolePath(0), Display1.Properties, "PropertiesChanged", "sa{sv}as", new DBusWriter().Text(Display1.Mouse).U32((uint)entry.Length).Align(8).Raw(entry.Written).Align(4).U32(0).Written),
            .. DBusMessage.Return(3, 2, "v", new DBusWriter().Signature("b").Align(4).U32(1).Written),
            .. DBusMessage.Error(4, 3, "org.qemu.Display1.Error.Failed"),
            .. new byte[8],
        ];
    }

    /// <summary>Plays QEMU to a source until the source ends: on the connection for calls what begins as <see cref="Answers"/> does, everything
    /// else on the listener's.</summary>
    public static Task RunAsync(byte[] script, IDisplaySink sink) => script.AsSpan().StartsWith("OK "u8) ? AnswerAsync(script, sink) : ListenAsync(script, sink);

    private static async Task AnswerAsync(byte[] answers, IDisplaySink sink)
    {
        var (mine, theirs) = UnixSocket.Pair();
        using (theirs)
        {
            await using var source = new DBusSource(mine, TimeProvider.System);
            var saying = SayAsync(theirs, answers);
            try
            {
                await source.RunAsync(sink, default).WaitAsync(TimeSpan.FromSeconds(10));
            }
            finally
            {
                theirs.Dispose();
                await saying;
            }
        }
    }

    private static async Task ListenAsync(byte[] session, IDisplaySink sink)
    {
        await using var peer = new DBusPeer(TimeProvider.System, map: true).Start();
        await using var source = peer.Source;
        var running = source.RunAsync(sink, default);
        var listener = await peer.Listener;
        using var memory = Memfd.Of(new byte[40 * 30 * 4]);
        try
        {
            for (var i = 0; i < 2 && i < session.Length; i++)
            {
                UnixSocket.SendWithDescriptor(listener, session.AsSpan(i, 1), memory);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The source had heard enough.
        }

        await SayAsync(listener, session[Math.Min(2, session.Length)..]);
        await running.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private static async Task SayAsync(Socket line, byte[] bytes)
    {
        try
        {
            await line.SendAsync(bytes);
            line.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The source had heard enough.
        }
    }
}
