using System.Buffers;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.TestSupport;

/// <summary>A desktop without a browser: says Hello, receives frames, decodes them into a picture and acknowledges them.</summary>
public sealed class DesktopClient : IAsyncDisposable
{
    private readonly HubConnection _connection;
    private readonly CancellationTokenSource _stop = new();
    private readonly PictureDecoder _decoder = new();
    private readonly Lock _lock = new();
    private Task _receiving = Task.CompletedTask;
    private int _frames;
    private long _bytes;

    private DesktopClient(HubConnection connection) => _connection = connection;

    /// <summary>Brings this desktop back on another connection.</summary>
    public byte[] ResumeSecret { get; private set; } = [];

    public Rights Rights { get; private set; }

    /// <summary>Whole frames received.</summary>
    public int Frames => Volatile.Read(ref _frames);

    /// <summary>Bytes of messages received.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public Bye? Bye => _decoder.Bye;

    /// <summary>Whether frames are acknowledged as they are decoded.</summary>
    public bool Acknowledging { get; set; } = true;

    /// <summary>Completes when the stream has ended; an end by an error is an end.</summary>
    public Task Ended => _receiving;

    /// <param name="address">Address of the page's origin, such as http://localhost:8080.</param>
    /// <param name="hub">Path of the hub.</param>
    public static async Task<DesktopClient> ConnectAsync(string address, string hub, CredentialKind kind, byte[] secret, CancellationToken stop = default)
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(address + hub, options =>
            {
                options.SkipNegotiation = true;
                options.Transports = HttpTransportType.WebSockets;
                options.Headers["Origin"] = address;
            })
            .AddMessagePackProtocol()
            .Build();
        var client = new DesktopClient(connection);
        try
        {
            await connection.StartAsync(stop);
            var hello = new ArrayBufferWriter<byte>();
            new Hello(kind, secret).Write(hello);
            client.Take(Welcome.Read(await connection.InvokeAsync<byte[]>("Hello", hello.WrittenSpan.ToArray(), stop)));
            client._receiving = client.ReceiveAsync();
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads the picture; it does not change meanwhile.</summary>
    public T Read<T>(Func<Picture?, T> read)
    {
        lock (_lock)
        {
            return read(_decoder.Picture);
        }
    }

    /// <summary>Sends input.</summary>
    public Task SendAsync(params ClientMessage[] messages)
    {
        var batch = new ArrayBufferWriter<byte>();
        foreach (var message in messages)
        {
            message.Write(batch);
        }

        return _connection.SendAsync("Send", batch.WrittenSpan.ToArray(), _stop.Token);
    }

    /// <summary>What was copied on the desktop last, once all parts of it are here.</summary>
    public ClipboardContent? Copied
    {
        get
        {
            lock (_lock)
            {
                var parts = _decoder.Copied;
                var first = parts.FindLastIndex(part => part.Offset == 0);
                return first >= 0 && parts[^1] is var last && last.Offset + last.Bytes.Length == last.Total
                    ? new ClipboardContent(last.Kind, parts[first..].SelectMany(part => part.Bytes.ToArray()).ToArray())
                    : null;
            }
        }
    }

    /// <summary>Words that were shown over the desktop.</summary>
    public IReadOnlyList<(NoticeKind Kind, uint Seconds)> Notices
    {
        get
        {
            lock (_lock)
            {
                return [.. _decoder.Notices];
            }
        }
    }

    /// <summary>Copies into the desktop.</summary>
    public async Task CopyAsync(ClipboardKind kind, ReadOnlyMemory<byte> content)
    {
        const int Part = 12_000;
        for (var at = 0; at == 0 || at < content.Length; at += Part)
        {
            var part = new ArrayBufferWriter<byte>();
            new ClipboardPiece(kind, (uint)content.Length, (uint)at, content.Slice(at, Math.Min(Part, content.Length - at))).Write(part, (byte)ClientMessageType.Clipboard);
            await SendCopiedAsync(part.WrittenSpan.ToArray());
        }
    }

    /// <summary>Where files go and come from, and a ticket for it.</summary>
    public async Task<(string Address, string Ticket)> FilesAsync() => await _connection.InvokeAsync<string[]>("Files", _stop.Token) is [var address, var ticket] ? (address, ticket) : throw new InvalidOperationException("no address and ticket");

    public Task SendCopiedAsync(byte[] part) => _connection.SendAsync("Clipboard", part, _stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _connection.DisposeAsync();
        await _receiving;
        _decoder.Dispose();
        _stop.Dispose();
    }

    private void Take(Welcome welcome)
    {
        (Rights, ResumeSecret) = (welcome.Rights, welcome.ResumeSecret);
        _decoder.Start(welcome.Width, welcome.Height);
    }

    private async Task ReceiveAsync()
    {
        try
        {
            await foreach (var message in _connection.StreamAsync<byte[]>("Screen", _stop.Token))
            {
                uint? sequence;
                lock (_lock)
                {
                    sequence = _decoder.Accept(message);
                }

                Interlocked.Add(ref _bytes, message.Length);
                if (sequence is { } frame)
                {
                    Interlocked.Increment(ref _frames);
                    if (Acknowledging)
                    {
                        await SendAsync(ClientMessage.Ack(frame, 1, 0));
                    }
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException or HttpRequestException or System.Net.WebSockets.WebSocketException or Microsoft.AspNetCore.SignalR.HubException)
        {
            // The connection is gone; who needs to know waits for Ended.
        }
    }
}
