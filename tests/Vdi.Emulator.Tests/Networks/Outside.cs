using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Vdi.Emulator.Networks;

namespace Vdi.Emulator.Tests.Networks;

/// <summary>A network namespace that plays the internet: a public-looking address, a private one behind it, and whatever listens there.
/// Listeners note who came, so that a test can see that nobody did.</summary>
internal sealed partial class Outside : IAsyncDisposable
{
    /// <summary>Two runs on one computer do not take each other's addresses.</summary>
    private static readonly int Run = RandomNumberGenerator.GetInt32(2, 120);
    public static readonly IPAddress Internet = IPAddress.Parse($"203.0.113.{Run}");
    public static readonly IPAddress HostsEnd = IPAddress.Parse($"203.0.113.{Run + 120}");
    public static readonly IPAddress Private = IPAddress.Parse($"10.77.{Run}.10");
    private const int CloneNewNet = 0x40000000;
    private readonly string _name = $"vdi-test-{Guid.NewGuid().ToString("N")[..6]}";
    private readonly string _line = $"vo{Guid.NewGuid().ToString("N")[..8]}";
    private readonly List<Socket> _listeners = [];

    /// <summary>What came in, as "tcp 203.0.113.10:8080 from 203.0.113.1".</summary>
    public ConcurrentQueue<string> Seen { get; } = new();

    public static async Task<Outside> MakeAsync()
    {
        var outside = new Outside();
        try
        {
            await RunAsync("ip", "netns", "add", outside._name);
            await RunAsync("ip", "link", "add", "name", outside._line, "type", "veth", "peer", "name", "eth0", "netns", outside._name);
            foreach (var address in (IPAddress[])[Internet, Private])
            {
                await RunAsync("ip", "-n", outside._name, "address", "add", $"{address}/32", "dev", "eth0");
            }

            await RunAsync("ip", "-n", outside._name, "link", "set", "dev", "lo", "up");
            await RunAsync("ip", "-n", outside._name, "link", "set", "dev", "eth0", "up");
            await RunAsync("ip", "address", "add", $"{HostsEnd}/32", "dev", outside._line);
            await RunAsync("ip", "link", "set", "dev", outside._line, "up");
            await RunAsync("ip", "-n", outside._name, "route", "add", $"{HostsEnd}/32", "dev", "eth0");
            foreach (var address in (IPAddress[])[Internet, Private])
            {
                await RunAsync("ip", "route", "add", $"{address}/32", "dev", outside._line);
            }

            return outside;
        }
        catch
        {
            await outside.DisposeAsync();
            throw;
        }
    }

    /// <summary>A TCP listener that greets with its own address, in the namespace or (<paramref name="onHost"/>) on the host.</summary>
    public void ListenTcp(IPAddress address, int port, bool onHost = false)
    {
        var listener = Open(address, port, SocketType.Stream, onHost);
        listener.Listen(16);
        _ = AcceptAsync(listener);
    }

    /// <summary>Notes datagrams, and answers with what <paramref name="answer"/> makes of them.</summary>
    public void ListenUdp(IPAddress address, int port, Func<byte[], byte[]?>? answer = null, bool onHost = false) => _ = ReceiveAsync(Open(address, port, SocketType.Dgram, onHost), answer);

    /// <summary>A resolver that knows one name and has one address for it.</summary>
    public void ListenDns(IPAddress address, IPAddress answer) => ListenUdp(address, 53, question => Answer(question, answer));

    /// <summary>Whether anything that fits came in by now; packets under way get a moment.</summary>
    public async Task<List<string>> CameAsync(Func<string, bool> fits)
    {
        await Task.Delay(300);
        return [.. Seen.Where(fits)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        await NetworkTool.TryRunAsync("ip", ["link", "delete", "dev", _line], null, default);
        await NetworkTool.TryRunAsync("ip", ["netns", "delete", _name], null, default);
    }

    public static Task<string> RunAsync(string tool, params string[] arguments) => NetworkTool.RunAsync(tool, arguments, null, default);

    /// <summary>A socket belongs to the namespace of the thread that makes it; the thread ends afterwards.</summary>
    private Socket Open(IPAddress address, int port, SocketType type, bool onHost)
    {
        Socket? socket = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (!onHost)
                {
                    using var space = File.OpenHandle($"/run/netns/{_name}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                    if (setns((int)space.DangerousGetHandle(), CloneNewNet) != 0)
                    {
                        throw new IOException($"setns: errno {Marshal.GetLastPInvokeError()}");
                    }
                }

                socket = new Socket(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
                socket.Bind(new IPEndPoint(address, port));
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new IOException($"No listener on {address}:{port}: {failure.Message}", failure);
        }

        _listeners.Add(socket!);
        return socket!;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var peer = await listener.AcceptAsync();
                Seen.Enqueue($"tcp {peer.LocalEndPoint} from {((IPEndPoint)peer.RemoteEndPoint!).Address}");
                _ = ServeAsync(peer);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    /// <summary>Greets, and then echoes until the peer goes.</summary>
    private static async Task ServeAsync(Socket peer)
    {
        try
        {
            await peer.SendAsync(Encoding.ASCII.GetBytes($"hello from {peer.LocalEndPoint}\n"));
            var buffer = new byte[256];
            while (await peer.ReceiveAsync(buffer) is var read and > 0)
            {
                await peer.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It went.
        }
        finally
        {
            peer.Dispose();
        }
    }

    private async Task ReceiveAsync(Socket socket, Func<byte[], byte[]?>? answer)
    {
        var buffer = new byte[2048];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                Seen.Enqueue($"udp {socket.LocalEndPoint} from {((IPEndPoint)received.RemoteEndPoint).Address}");
                if (answer?.Invoke(buffer[..received.ReceivedBytes]) is { } reply)
                {
                    await socket.SendToAsync(reply, received.RemoteEndPoint);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    /// <summary>RFC 1035: the question back with one A record for it; nothing for other types.</summary>
    private static byte[]? Answer(byte[] question, IPAddress address)
    {
        var end = 12;
        while (end < question.Length && question[end] != 0)
        {
            end += question[end] + 1;
        }

        if (end + 5 > question.Length)
        {
            return null;
        }

        var isA = question[end + 2] == 1;
        byte[] header = [question[0], question[1], 0x81, 0x80, 0, 1, 0, (byte)(isA ? 1 : 0), 0, 0, 0, 0];
        byte[] record = isA ? [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, .. address.GetAddressBytes()] : [];
        return [.. header, .. question[12..(end + 5)], .. record];
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int descriptor, int type);
}
