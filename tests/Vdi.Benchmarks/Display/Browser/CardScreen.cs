using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Rfb;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Browser;

/// <summary>A machine's screen that shows whatever it is given: RFB 3.8 (RFC 6143) with raw pixels, for one viewer that knows them, our source.
/// What changed while the viewer did not ask comes together in the next update.</summary>
internal sealed class CardScreen(Picture picture)
{
    private const int InitLength = 24;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private Rectangle _damage;

    /// <summary>Lets <paramref name="draw"/> change the picture within <paramref name="area"/>.</summary>
    public void Show(Action<Picture> draw, Rectangle area)
    {
        lock (_lock)
        {
            draw(picture);
            _damage = _damage.Union(area);
            if (_changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }

    /// <summary>Until the viewer leaves.</summary>
    public async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await ShakeHandsAsync(stream);
            var message = new byte[64];
            while (true)
            {
                await stream.ReadExactlyAsync(message.AsMemory(0, 1));
                await TakeAsync(stream, message);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The viewer left.
        }
    }

    private async Task ShakeHandsAsync(NetworkStream stream)
    {
        var bytes = new byte[RfbMessages.Version.Length];
        await stream.WriteAsync(RfbMessages.Version.ToArray());
        await stream.ReadExactlyAsync(bytes);
        await stream.WriteAsync(new byte[] { 1, 1 });
        await stream.ReadExactlyAsync(bytes.AsMemory(0, 1));
        await stream.WriteAsync(new byte[4]);
        await stream.ReadExactlyAsync(bytes.AsMemory(0, 1));
        var init = new byte[InitLength];
        BinaryPrimitives.WriteUInt16BigEndian(init, (ushort)picture.Width);
        BinaryPrimitives.WriteUInt16BigEndian(init.AsSpan(2), (ushort)picture.Height);
        byte[] format = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0];
        format.CopyTo(init, 4);
        await stream.WriteAsync(init);
    }

    private async Task TakeAsync(NetworkStream stream, byte[] message)
    {
        switch (message[0])
        {
            case 0:
                await stream.ReadExactlyAsync(message.AsMemory(0, 19));
                break;
            case 2:
                await stream.ReadExactlyAsync(message.AsMemory(0, 3));
                await stream.ReadExactlyAsync(new byte[4 * BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(1))]);
                break;
            case 3:
                await stream.ReadExactlyAsync(message.AsMemory(0, 9));
                await UpdateAsync(stream, complete: message[0] == 0);
                break;
            case 5:
                await stream.ReadExactlyAsync(message.AsMemory(0, 5));
                break;
            case 255:
                await stream.ReadExactlyAsync(message.AsMemory(0, 11));
                break;
            default:
                throw new IOException($"The viewer sent message {message[0]}");
        }
    }

    /// <summary>Waits until there is something to send; what the viewer says meanwhile waits, too.</summary>
    private async Task UpdateAsync(NetworkStream stream, bool complete)
    {
        if (!complete)
        {
            await _changed.WaitAsync();
        }

        byte[] update;
        lock (_lock)
        {
            var area = complete ? picture.Bounds : _damage;
            _damage = complete ? _damage : default;
            update = Raw(area);
        }

        await stream.WriteAsync(update);
    }

    private byte[] Raw(Rectangle area)
    {
        var update = GC.AllocateUninitializedArray<byte>(16 + (area.Area * 4));
        update.AsSpan(0, 16).Clear();
        update[3] = 1;
        foreach (var (at, value) in new[] { (4, area.X), (6, area.Y), (8, area.Width), (10, area.Height) })
        {
            BinaryPrimitives.WriteUInt16BigEndian(update.AsSpan(at), (ushort)value);
        }

        for (var y = 0; y < area.Height; y++)
        {
            MemoryMarshal.AsBytes(picture.Words(area.X, area.Y + y, area.Width)).CopyTo(update.AsSpan(16 + (y * area.Width * 4)));
        }

        return update;
    }
}
