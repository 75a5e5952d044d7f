using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Vdi.TestSupport.Tests;

public sealed class TcpProxyTests : IAsyncLifetime
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));
    private readonly List<Socket> _sockets = [];
    private TcpProxy _proxy = null!;

    public Task InitializeAsync()
    {
        _server.Start();
        _proxy = new TcpProxy((IPEndPoint)_server.LocalEndpoint);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _sockets.ForEach(socket => socket.Dispose());
        _server.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Bytes_pass_whole_and_in_order_both_ways_and_are_counted()
    {
        var (client, server) = await ConnectAsync();
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        var there = ReadAsync(server, bytes.Length);
        var back = ReadAsync(client, bytes.Length);
        await Task.WhenAll(client.SendAsync(bytes, _limit.Token).AsTask(), server.SendAsync(bytes, _limit.Token).AsTask());
        Assert.Equal(bytes, await there);
        Assert.Equal(bytes, await back);
        await Eventually.HoldsAsync(() => Task.FromResult(_proxy.BytesToServer == bytes.Length && _proxy.BytesToClient == bytes.Length), "all bytes are counted");
    }

    [Fact]
    public async Task Delay_is_added_to_one_direction_only()
    {
        _proxy.Up = new() { Delay = TimeSpan.FromMilliseconds(200) };
        var (client, server) = await ConnectAsync();
        var watch = Stopwatch.StartNew();
        await client.SendAsync(new byte[1], _limit.Token);
        await ReadAsync(server, 1);
        Assert.InRange(watch.ElapsedMilliseconds, 195, 5_000);
        watch.Restart();
        await server.SendAsync(new byte[1], _limit.Token);
        await ReadAsync(client, 1);
        Assert.InRange(watch.ElapsedMilliseconds, 0, 150);
    }

    [Fact]
    public async Task Rate_is_limited()
    {
        _proxy.Down = new() { BytesPerSecond = 200_000 };
        var (client, server) = await ConnectAsync();
        var watch = Stopwatch.StartNew();
        var read = ReadAsync(client, 100_000);
        await server.SendAsync(new byte[100_000], _limit.Token);
        await read;
        Assert.InRange(watch.ElapsedMilliseconds, 450, 5_000);
    }

    [Fact]
    public async Task Sender_feels_a_reader_that_does_not_read()
    {
        var (_, server) = await ConnectAsync();
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var sent = 0L;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (true)
            {
                sent += await server.SendAsync(new byte[64 * 1024], soon.Token);
            }
        });
        Assert.InRange(sent, 1, 16 * 1024 * 1024);
    }

    [Fact]
    public async Task Stalled_line_keeps_bytes_until_it_flows_again()
    {
        var (client, server) = await ConnectAsync();
        _proxy.Stall();
        await client.SendAsync(new byte[10], _limit.Token);
        var read = ReadAsync(server, 10);
        await Task.Delay(200);
        Assert.False(read.IsCompleted);
        _proxy.Resume();
        await read;
    }

    [Fact]
    public async Task Cut_line_ends_for_both_sides()
    {
        var (client, server) = await ConnectAsync();
        _proxy.Cut();
        Assert.Equal(0, await client.ReceiveAsync(new byte[1], _limit.Token));
        Assert.Equal(0, await server.ReceiveAsync(new byte[1], _limit.Token));
        await Eventually.HoldsAsync(() => Task.FromResult(_proxy.Open == 0), "no connection is left");
    }

    [Fact]
    public async Task Reset_line_breaks_for_both_sides()
    {
        var (client, server) = await ConnectAsync();
        _proxy.Reset();
        foreach (var side in (Socket[])[client, server])
        {
            var error = await Assert.ThrowsAsync<SocketException>(async () => await side.ReceiveAsync(new byte[1], _limit.Token));
            Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        }
    }

    [Fact]
    public async Task End_of_one_direction_leaves_the_other_open()
    {
        var (client, server) = await ConnectAsync();
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await server.ReceiveAsync(new byte[1], _limit.Token));
        await server.SendAsync(new byte[5], _limit.Token);
        await ReadAsync(client, 5);
    }

    [Fact]
    public async Task Refused_connections_come_in_again_on_the_same_port()
    {
        var port = _proxy.Port;
        await _proxy.RefuseNewAsync();
        var error = await Assert.ThrowsAsync<SocketException>(ConnectAsync);
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
        _proxy.Listen();
        Assert.Equal(port, _proxy.Port);
        await ConnectAsync();
        Assert.Equal(1, _proxy.Accepted);
    }

    private async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(client);
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Port, _limit.Token);
        var server = await _server.AcceptSocketAsync(_limit.Token);
        _sockets.Add(server);
        return (client, server);
    }

    private async Task<byte[]> ReadAsync(Socket socket, int length)
    {
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            var read = await socket.ReceiveAsync(bytes.AsMemory(at), _limit.Token);
            Assert.NotEqual(0, read);
            at += read;
        }

        return bytes;
    }
}
