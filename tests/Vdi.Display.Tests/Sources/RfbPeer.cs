using System.Buffers.Binary;
using System.Net.Sockets;
using Vdi.Display.Sources;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Sources;

/// <summary>A VNC server (RFC 6143) that says what it is told to.</summary>
internal sealed class RfbPeer : ScriptedPeer
{
    private static readonly string[] Buttons = ["left", "middle", "right", "wheel-up", "wheel-down", "wheel-left", "wheel-right", "back"];
    private readonly Socket _line;
    private readonly RfbSource _source;
    private readonly Task _serving;
    private (int Width, int Height) _size;
    private (int X, int Y, int Mask) _pointer = (-1, -1, 0);
    private volatile bool _relative;

    public RfbPeer(TimeProvider time)
    {
        (var mine, _line) = UnixSocket.Pair();
        _source = new RfbSource(mine, time);
        _serving = ServeAsync();
    }

    public override IDisplaySource Source => _source;

    public override async Task ShowAsync(int width, int height, Func<int, int, uint> colour)
    {
        var area = new Rectangle(0, 0, width, height);
        byte[] resize = _size == default ? RfbScript.Start(width, height) : [.. RfbScript.Update(1), .. RfbScript.Rectangle(0, 0, width, height, -223)];
        _size = (width, height);
        await SayAsync([.. resize, .. Raw(area, colour)]);
    }

    public override Task ChangeAsync(Rectangle area, Func<int, int, uint> colour) => SayAsync(Raw(area, colour));

    public override Task PointAsync(int width, int height, int hotX, int hotY, Func<int, int, uint> colour)
    {
        var mask = new byte[(width + 7) / 8 * height];
        for (var i = 0; i < width * height; i++)
        {
            var (x, y) = (i % width, i / width);
            mask[(y * ((width + 7) / 8)) + (x / 8)] |= (byte)(colour(x, y) >> 24 != 0 ? 0x80 >> (x % 8) : 0);
        }

        return SayAsync([.. RfbScript.Update(1), .. RfbScript.Rectangle(hotX, hotY, width, height, -239), .. Swapped(Pixels(new Rectangle(0, 0, width, height), colour)), .. mask]);
    }

    public override Task BecomeRelativeAsync()
    {
        _relative = true;
        return SayAsync([.. RfbScript.Update(1), .. RfbScript.Rectangle(0, 0, 0, 0, -257)]);
    }

    public override Task BabbleAsync() => SayAsync([.. Enumerable.Repeat((byte)0x55, 64)]);

    public override Task BeginAsync() => SayAsync([.. RfbScript.Update(1), .. RfbScript.Rectangle(0, 0, 1, 1, 0), 1]);

    public override Task LeaveAsync()
    {
        _line.Dispose();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        _line.Dispose();
        await _serving.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private static byte[] Raw(Rectangle area, Func<int, int, uint> colour) =>
        [.. RfbScript.Update(1), .. RfbScript.Rectangle(area.X, area.Y, area.Width, area.Height, 0), .. Swapped(Pixels(area, colour))];

    private async Task SayAsync(byte[] bytes) => await _line.SendAsync(bytes);

    private async Task ServeAsync()
    {
        await using var stream = new NetworkStream(_line);
        var bytes = new byte[256];
        await stream.ReadExactlyAsync(bytes.AsMemory(0, 14));
        while (true)
        {
            await stream.ReadExactlyAsync(bytes.AsMemory(0, 1));
            switch (bytes[0])
            {
                case 0:
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 19));
                    break;
                case 2:
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 3));
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 4 * bytes[2]));
                    break;
                case 3:
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 9));
                    break;
                case 5:
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 5));
                    Hear(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(1)), BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(3)), bytes[0]);
                    break;
                default:
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 11));
                    Heard.Enqueue($"{(bytes[2] == 1 ? "down" : "up")} {bytes[10]:x}");
                    break;
            }
        }
    }

    private void Hear(int x, int y, int mask)
    {
        if (_relative)
        {
            (x, y) = (x - 0x7FFF, y - 0x7FFF);
            if ((x, y) != (0, 0))
            {
                Heard.Enqueue($"by {x},{y}");
            }
        }
        else if ((_pointer.X, _pointer.Y) != (x, y))
        {
            Heard.Enqueue($"at {x},{y}");
        }

        for (var bit = 0; bit < 8; bit++)
        {
            if (((mask ^ _pointer.Mask) & (1 << bit)) != 0)
            {
                Heard.Enqueue($"{((mask & (1 << bit)) != 0 ? "down" : "up")} {Buttons[bit]}");
            }
        }

        _pointer = (x, y, mask);
    }
}
