using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Tests.Desktops;

/// <summary>A connection to the hub that says exactly what the test says, and nothing by itself.</summary>
internal sealed class HubLine : IAsyncDisposable
{
    private readonly HubConnection _connection;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HubLine(HubConnection connection)
    {
        _connection = connection;
        connection.Closed += _ =>
        {
            _closed.TrySetResult();
            return Task.CompletedTask;
        };
    }

    /// <summary>Completes when the host has ended the connection.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Messages of the stream so far.</summary>
    public ConcurrentQueue<byte[]> Received { get; } = new();

    public static async Task<HubLine> ConnectAsync(string url, Action<HttpConnectionOptions>? configure = null)
    {
        var line = new HubLine(new HubConnectionBuilder()
            .WithUrl(url, options =>
            {
                options.SkipNegotiation = true;
                options.Transports = HttpTransportType.WebSockets;
                configure?.Invoke(options);
            })
            .AddMessagePackProtocol()
            .Build());
        await line._connection.StartAsync();
        return line;
    }

    public async Task<Welcome> HelloAsync(CredentialKind kind, byte[] secret)
    {
        var hello = new ArrayBufferWriter<byte>();
        new Hello(kind, secret).Write(hello);
        return Welcome.Read(await HelloAsync(hello.WrittenSpan.ToArray()));
    }

    public Task<byte[]> HelloAsync(byte[] message) => _connection.InvokeAsync<byte[]>("Hello", message);

    /// <summary>Receives the stream until it ends, acknowledging nothing.</summary>
    public async Task ScreenAsync()
    {
        await foreach (var message in _connection.StreamAsync<byte[]>("Screen"))
        {
            Received.Enqueue(message);
        }
    }

    public Task SendAsync(params ClientMessage[] messages)
    {
        var batch = new ArrayBufferWriter<byte>();
        foreach (var message in messages)
        {
            message.Write(batch);
        }

        return SendAsync(batch.WrittenSpan.ToArray());
    }

    /// <summary>Sends and does not wait for what becomes of it.</summary>
    public Task SendAsync(byte[] batch) => _connection.SendAsync("Send", batch);

    /// <summary>The same, and waits until the host has carried it out.</summary>
    public async Task SendAndWaitAsync(params ClientMessage[] messages)
    {
        var batch = new ArrayBufferWriter<byte>();
        foreach (var message in messages)
        {
            message.Write(batch);
        }

        await _connection.InvokeAsync("Send", batch.WrittenSpan.ToArray());
    }

    public Task EndsAsync() => Closed.WaitAsync(TimeSpan.FromSeconds(10));

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
