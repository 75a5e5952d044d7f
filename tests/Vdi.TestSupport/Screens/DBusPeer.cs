using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.DBus;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;

namespace Vdi.TestSupport.Screens;

/// <summary>QEMU's end of its D-Bus display: server of both connections, caller of the listener.</summary>
public sealed class DBusPeer(TimeProvider time, bool map, bool absolute = true) : ScriptedPeer
{
    /// <summary>x8r8g8b8: QEMU's own.</summary>
    public const uint Format = 0x20020888;
    private static readonly string[] Buttons = ["left", "middle", "right", "wheel-up", "wheel-down", "back", "forward", "wheel-left", "wheel-right"];
    private readonly TaskCompletionSource<Socket> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Socket _calls = null!;
    private DBusSource _source = null!;
    private Task _serving = Task.CompletedTask;
    private SafeFileHandle? _memory;
    private int _width;
    private uint _serial;
    private DBusLine? _line;
    private bool _absolute = absolute;
    private Socket? _second;

    public override IDisplaySource Source => _source;

    /// <summary>The connection on which the listener is called, once it was handed over and greeted.</summary>
    public Task<Socket> Listener => _listening.Task;

    /// <summary>Given to the source; what the second monitor's console hears begins with "2: ".</summary>
    public SecondHead? Second { get; init; }

    /// <summary>Where the pointer was put of all that both monitors show.</summary>
    public ConcurrentQueue<(int X, int Y)> Points { get; } = new();

    /// <summary>Calls that get no answer, or a refusal.</summary>
    public HashSet<string> Ignored { get; } = [];

    public HashSet<string> Refused { get; } = [];

    /// <summary>Name of the error that a refusal is.</summary>
    public string Refusal { get; init; } = "org.qemu.Display1.Error.Invalid";

    /// <summary>Whether the source asked for the kind of the mouse.</summary>
    public bool Asked { get; private set; }

    public DBusPeer Start()
    {
        (var mine, _calls) = UnixSocket.Pair();
        _source = new DBusSource(mine, time, Second, (x, y, _) =>
        {
            Points.Enqueue((x, y));
            return Task.CompletedTask;
        });
        _serving = ServeAsync();
        return this;
    }

    public override async Task ShowAsync(int width, int height, Func<int, int, uint> colour)
    {
        var (pixels, stride) = (Pixels(new Rectangle(0, 0, width, height), colour), (uint)width * 4);
        _width = width;
        if (!map)
        {
            await CallAsync(Display1.Listener, "Scanout", Scanout.Signature, new Scanout((uint)width, (uint)height, stride, Format, pixels).Write());
            return;
        }

        _memory?.Dispose();
        _memory = Memfd.Of([.. new byte[32], .. pixels]);
        await CallAsync(Display1.ListenerUnixMap, "ScanoutMap", ScanoutMap.Signature, new ScanoutMap(32, (uint)width, (uint)height, stride, Format).Write(), _memory);
        await CallAsync(Display1.ListenerUnixMap, "UpdateMap", UpdateMap.Signature, new UpdateMap(0, 0, width, height).Write());
    }

    /// <summary>A picture on the second monitor, in shared memory as the first one's.</summary>
    public async Task ShowSecondAsync(int width, int height, Func<int, int, uint> colour)
    {
        using var memory = Memfd.Of(Pixels(new Rectangle(0, 0, width, height), colour));
        await Eventually.HoldsAsync(() => Task.FromResult(_second is not null), "the second monitor is listened to");
        var message = Message(Display1.ListenerUnixMap, "ScanoutMap", ScanoutMap.Signature, new ScanoutMap(0, (uint)width, (uint)height, (uint)width * 4, Format).Write(), memory);
        UnixSocket.SendWithDescriptor(_second!, message, memory);
    }

    public override async Task ChangeAsync(Rectangle area, Func<int, int, uint> colour)
    {
        var pixels = Pixels(area, colour);
        var place = new UpdateMap(area.X, area.Y, area.Width, area.Height);
        if (!map)
        {
            await CallAsync(Display1.Listener, "Update", Update.Signature, new Update(place, (uint)area.Width * 4, Format, pixels).Write());
            return;
        }

        for (var y = 0; y < area.Height; y++)
        {
            RandomAccess.Write(_memory!, pixels.AsSpan(y * area.Width * 4, area.Width * 4), 32 + ((((area.Y + y) * _width) + area.X) * 4));
        }

        await CallAsync(Display1.ListenerUnixMap, "UpdateMap", UpdateMap.Signature, place.Write());
    }

    public override async Task PointAsync(int width, int height, int hotX, int hotY, Func<int, int, uint> colour)
    {
        await CallAsync(Display1.Listener, "CursorDefine", CursorDefine.Signature, new CursorDefine(width, height, hotX, hotY, Pixels(new Rectangle(0, 0, width, height), colour)).Write());
        await CallAsync(Display1.Listener, "MouseSet", MouseSet.Signature, new MouseSet(1, 1, 1).Write());
    }

    public override async Task BecomeRelativeAsync()
    {
        _absolute = false;
        var entry = new DBusWriter().Text(Display1.IsAbsolute).Signature("b").Align(4).U32(0);
        var body = new DBusWriter().Text(Display1.Mouse).U32((uint)entry.Length).Align(8).Raw(entry.Written).Align(4).U32(0).Written.ToArray();
        await _line!.WriteAsync(DBusMessage.Signal(_line.NextSerial(), Display1.ConsolePath(0), Display1.Properties, "PropertiesChanged", "sa{sv}as", body), null, default);
    }

    public override async Task BabbleAsync() => await (await Listener).SendAsync(Enumerable.Repeat((byte)0x55, 64).ToArray());

    public override async Task BeginAsync() =>
        await (await Listener).SendAsync(Message(Display1.ListenerUnixMap, "UpdateMap", UpdateMap.Signature, new UpdateMap(0, 0, 1, 1).Write(), null)[..40]);

    public override async Task LeaveAsync()
    {
        (await Listener).Dispose();
        _calls.Dispose();
    }

    public override async ValueTask DisposeAsync()
    {
        _calls.Dispose();
        _memory?.Dispose();
        _second?.Dispose();
        if (_listening.Task.IsCompletedSuccessfully)
        {
            _listening.Task.Result.Dispose();
        }

        await _serving.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    /// <summary>Calls the listener and wants no answer.</summary>
    public async Task CallAsync(string @interface, string member, string signature, byte[] body, SafeHandle? descriptor = null)
    {
        var listener = await Listener;
        var message = Message(@interface, member, signature, body, descriptor);
        var sent = 0;
        if (descriptor is not null)
        {
            // A descriptor goes at once or not at all: who says much has to wait until there is room for it.
            listener.Poll(TimeSpan.FromSeconds(20), SelectMode.SelectWrite);
            UnixSocket.SendWithDescriptor(listener, message.AsSpan(0, 1), descriptor);
            sent = 1;
        }

        while (sent < message.Length)
        {
            sent += await listener.SendAsync(message.AsMemory(sent));
        }
    }

    public byte[] Message(string @interface, string member, string signature, byte[] body, SafeHandle? descriptor, bool wantsReply = false) =>
        DBusMessage.Call(++_serial, Display1.ListenerPath, @interface, member, signature, body, descriptor is null ? 0u : 1u, wantsReply);

    /// <summary>The server's part of the handshake.</summary>
    public static async Task WelcomeAsync(Socket socket)
    {
        var (bytes, count) = (new byte[200], 0);
        while (!bytes.AsSpan(0, count).EndsWith("BEGIN\r\n"u8))
        {
            count += await socket.ReceiveAsync(bytes.AsMemory(count, 1)) is > 0 and var one ? one : throw new IOException("the source left");
        }

        await socket.SendAsync("OK 1234deadbeef\r\nAGREE_UNIX_FD\r\n"u8.ToArray());
    }

    private async Task ServeAsync()
    {
        await WelcomeAsync(_calls);
        using var line = _line = new DBusLine(_calls, TimeProvider.System);
        while (true)
        {
            var message = await line.ReadAsync(default);
            var member = message.Fields.Member!;
            if (message.Descriptor is { } descriptor)
            {
                _ = AcceptAsync(descriptor, message.Fields.Path == Display1.ConsolePath(1));
            }
            else if (member == "Get")
            {
                Asked = true;
            }
            else
            {
                Hear(message.Fields.Path == Display1.ConsolePath(1) ? "2: " : "", message.Fields.Interface!, member, message.Body.Span);
            }

            if (!Ignored.Contains(member))
            {
                await line.WriteAsync(Refused.Contains(member) ? DBusMessage.Error(line.NextSerial(), message.Head.Serial, Refusal) : Answer(line.NextSerial(), message), null, default);
            }
        }
    }

    private byte[] Answer(uint serial, DBusReceived message) => message.Fields.Member == "Get"
        ? DBusMessage.Return(serial, message.Head.Serial, "v", new DBusWriter().Signature("b").Align(4).U32(_absolute ? 1u : 0).Written)
        : DBusMessage.Return(serial, message.Head.Serial, "", []);

    private async Task AcceptAsync(SafeFileHandle descriptor, bool isSecond)
    {
        var socket = new Socket(new SafeSocketHandle(descriptor.DangerousGetHandle(), ownsHandle: true));
        descriptor.SetHandleAsInvalid();
        await WelcomeAsync(socket);
        if (isSecond)
        {
            _second = socket;
            return;
        }

        _listening.TrySetResult(socket);
    }

    private void Hear(string where, string @interface, string member, ReadOnlySpan<byte> body)
    {
        var reader = new DBusReader(body);
        if (member == "SetUIInfo")
        {
            Heard.Enqueue($"{where}size {BitConverter.ToUInt32(body[12..])}x{BitConverter.ToUInt32(body[16..])}");
            return;
        }

        var number = reader.U32();
        Heard.Enqueue((@interface, member) switch
        {
            (Display1.Keyboard, "Press") => $"down {number:x}",
            (Display1.Keyboard, "Release") => $"up {number:x}",
            (Display1.Mouse, "SetAbsPosition") => $"at {number},{reader.U32()}",
            (Display1.Mouse, "RelMotion") => $"by {(int)number},{reader.I32()}",
            (Display1.Mouse, "Press") => $"down {Buttons[number]}",
            (Display1.Mouse, "Release") => $"up {Buttons[number]}",
            _ => throw new ProtocolException($"{@interface}.{member}"),
        });
        reader.End();
    }
}
