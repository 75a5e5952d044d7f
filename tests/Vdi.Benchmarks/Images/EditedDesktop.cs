using System.Buffers.Text;
using System.Diagnostics;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Images;

/// <summary>An editing machine of the tiny image, and somebody who looks at it.</summary>
internal sealed class EditedDesktop : IAsyncDisposable
{
    /// <summary>The colour of the terminal that fills its screen, whichever of red and blue comes first.</summary>
    private static readonly uint[] Terminal = [0x101418, 0x181410];

    /// <summary>Keys by their XT codes.</summary>
    private static readonly Dictionary<char, int> Keys = new() { ['a'] = 0x1e, ['d'] = 0x20, ['e'] = 0x12, ['t'] = 0x14, ['x'] = 0x2d, [' '] = 0x39, ['\n'] = 0x1c };
    private const int Shift = 0x2a;
    private const int Dot = 0x34;
    private readonly ImageServer _server;
    private readonly DesktopClient _client;
    private readonly long _began;

    private EditedDesktop(ImageServer server, Guid id, DesktopClient client, long began)
    {
        (_server, Id, _client, _began) = (server, id, client, began);
        Seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public Guid Id { get; }

    /// <summary>From its order to its first picture.</summary>
    public double Seconds { get; }

    /// <summary>The same to its desktop.</summary>
    public double PaintedSeconds { get; private set; }

    private string Path => $"/api/images/edits/{Id}";

    public static async Task<EditedDesktop> OpenAsync(ImageServer server)
    {
        var began = Stopwatch.GetTimestamp();
        var id = await server.OrderAsync("/api/images/edits", new { image = server.Image });
        await server.HoldsAsync(async () => StateOf(await FindAsync(server, id)) == "ready", "the editing machine is switched on");
        var ticket = (await server.Admin.PostAsync($"/api/images/edits/{id}/ticket")).Good;
        var client = await DesktopClient.ConnectAsync(server.Address, ticket.GetProperty("hub").GetString()!, CredentialKind.Ticket, Base64Url.DecodeFromChars(ticket.GetProperty("ticket").GetString()));
        try
        {
            await server.HoldsAsync(() => Task.FromResult(client.Frames > 0), "the editing machine's first picture");
            return new EditedDesktop(server, id, client, began);
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until its terminal fills the screen and stands still.</summary>
    public async Task PaintedAsync()
    {
        await _server.HoldsAsync(
            async () =>
            {
                await Task.Delay(500);
                return _client.Read(picture => picture is not null && MemoryMarshal.Cast<byte, uint>(picture.Pixels.AsSpan()) is var words && CountTerminal(words) > words.Length / 2);
            },
            "the desktop is painted");
        PaintedSeconds = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        await StillAsync();
    }

    /// <summary>The picture, as a hash, once it has not changed for two seconds.</summary>
    public async Task<ulong> StillAsync()
    {
        var (hash, since) = (Hash(), Stopwatch.GetTimestamp());
        await _server.HoldsAsync(
            () =>
            {
                if (Hash() is var now && now != hash)
                {
                    (hash, since) = (now, Stopwatch.GetTimestamp());
                }

                return Task.FromResult(Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(2));
            },
            "the picture stands still");
        return hash;
    }

    public Task ShowsAsync(ulong picture, string what) => Eventually.HoldsAsync(
        () => _client.Ended.IsCompleted ? throw new InvalidOperationException($"The screen was closed while it was waited for: {what}") : Task.FromResult(Hash() == picture),
        what,
        60);

    /// <summary>Types until the picture is another one: what is typed while the screen is between two QEMUs is lost.</summary>
    public async Task AnswersAsync(ulong picture)
    {
        var typed = 0L;
        await _server.HoldsAsync(
            async () =>
            {
                if (typed == 0 || Stopwatch.GetElapsedTime(typed) > TimeSpan.FromSeconds(2))
                {
                    await TypeAsync("a");
                    typed = Stopwatch.GetTimestamp();
                }

                return _client.Ended.IsCompleted ? throw new InvalidOperationException("The screen was closed") : Hash() != picture;
            },
            "the machine answers a key");
    }

    public async Task TypeAsync(string text)
    {
        foreach (var letter in text)
        {
            await _client.SendAsync(letter == '>'
                ? [ClientMessage.Key(true, Shift), ClientMessage.Key(true, Dot), ClientMessage.Key(false, Dot), ClientMessage.Key(false, Shift)]
                : [ClientMessage.Key(true, Keys[letter]), ClientMessage.Key(false, Keys[letter])]);
            await Task.Delay(50);
        }
    }

    /// <summary>Takes a checkpoint, and waits until the machine runs again.</summary>
    public async Task<(Guid Id, long Bytes)> SaveAsync(string name)
    {
        await DoAsync("checkpoints", new { name }, "the checkpoint");
        var saved = (await FindAsync(_server, Id)).GetProperty("checkpoints").EnumerateArray().Single(saved => saved.GetProperty("name").GetString() == name);
        return (saved.GetProperty("id").GetGuid(), saved.GetProperty("bytes").GetInt64());
    }

    public Task BackAsync(Guid checkpoint) => DoAsync($"checkpoints/{checkpoint}/back", new { }, "going back");

    /// <summary>Orders a version of it.</summary>
    public Task<Guid> PublishAsync() => _server.OrderAsync($"{Path}/publish", new { notes = "measured" });

    public async Task DiscardAsync()
    {
        _ = await _server.Admin.DeleteAsync(Path) is { Status: 204 } ? true : throw new InvalidOperationException("The editing machine could not be discarded");
        await _server.HoldsAsync(() => Task.FromResult(_server.HasNoEdits), "the editing machine is gone");
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task DoAsync(string path, object body, string what)
    {
        await _server.DoneAsync(await _server.OrderAsync($"{Path}/{path}", body), what);
        await _server.HoldsAsync(async () => StateOf(await FindAsync(_server, Id)) == "ready", $"the machine runs after {what}");
    }

    private static async Task<JsonElement> FindAsync(ImageServer server, Guid id) => (await server.Admin.GetAsync($"/api/images/edits/{id}")).Good;

    /// <summary>Throws where it has failed: nothing comes of waiting then.</summary>
    private static string StateOf(JsonElement edit) => edit.GetProperty("state").GetString() is { } state && state != "failed"
        ? state
        : throw new InvalidOperationException($"The editing machine failed: {edit.GetProperty("reason")}");

    private ulong Hash() => _client.Read(picture => picture is null ? 0 : XxHash3.HashToUInt64(picture.Pixels));

    private static int CountTerminal(ReadOnlySpan<uint> words)
    {
        var count = 0;
        foreach (var word in words)
        {
            count += Terminal.Contains(word & 0xffffff) ? 1 : 0;
        }

        return count;
    }
}
