using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Vdi.Emulator.Fakes;
using Vdi.Emulator.Machines;
using Vdi.Host.Tests.Desktops;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests;

/// <summary>Files between a person's computer and their machine.</summary>
public sealed class FilesTests : HubTests
{
    private const Rights Both = RunningHost.All | Rights.FilesUp | Rights.FilesDown;
    private HttpClient? _http;

    private HttpClient Http => _http ??= new HttpClient { BaseAddress = new Uri(Host.Address) };

    [Fact]
    public async Task File_comes_in_pieces_and_has_its_name_when_it_is_whole()
    {
        var guest = Guest();
        var admit = RunningHost.AdmitTo(Machine) with { Rights = Both };
        await using var person = await Host.OpenAsync(admit);
        var files = await person.FilesAsync();
        var content = new byte[(2 * IGuestFiles.Piece) + 5];
        new Random(1).NextBytes(content);
        var id = await BeginAsync(files, "보고서.pdf", content.Length);
        Assert.Equal(0, await OffsetAsync(files, id));
        Assert.Equal(IGuestFiles.Piece + 1, Offset(await SendAsync(files, id, 0, content[..(IGuestFiles.Piece + 1)])));
        Assert.Empty(guest.Downloads);

        // Whoever did not hear that it came is told where to go on.
        var again = await SendAsync(files, id, 0, content[..100]);
        Assert.Equal((409, "wrong-offset", IGuestFiles.Piece + 1L), ((int)again.StatusCode, await CodeAsync(again), Offset(again)));
        Assert.Equal(IGuestFiles.Piece + 1, await OffsetAsync(files, id));
        Assert.Equal(content.Length, Offset(await SendAsync(files, id, IGuestFiles.Piece + 1, content[(IGuestFiles.Piece + 1)..])));
        Assert.True(content.AsSpan().SequenceEqual(guest.Downloads["보고서.pdf"]));
        Assert.Equal(0, guest.Unfinished);

        // A second of that name takes no other's place, and an empty one is there at once.
        var second = await SendAsync(files, await BeginAsync(files, "보고서.pdf", 3), 0, "abc"u8.ToArray());
        Assert.Equal((3, "보고서 (1).pdf"), (Offset(second), Uri.UnescapeDataString(second.Headers.GetValues("Vdi-Name").Single())));
        await BeginAsync(files, "empty", 0);
        Assert.Equal(["empty", "보고서 (1).pdf", "보고서.pdf"], guest.Downloads.Keys.Order(StringComparer.Ordinal));
        await Eventually.HoldsAsync(() => Task.FromResult(Host.Heard.OfType<FileMoved>().Count() == 3), "all are told");
        Assert.Equal(new FileMoved(admit.Session, ToGuest: true, "보고서.pdf", content.Length), Host.Heard.OfType<FileMoved>().First());
    }

    [Fact]
    public async Task What_came_before_the_line_broke_need_not_come_again()
    {
        var guest = Guest();
        await using var person = await Host.OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both });
        var files = await person.FilesAsync();
        var content = new byte[IGuestFiles.Piece * 3];
        new Random(2).NextBytes(content);
        var id = await BeginAsync(files, "a", content.Length);

        var address = new Uri(Host.Address);
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(address.Host, address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"PATCH {files.Address}/uploads/{id} HTTP/1.1\r\nHost: {address.Authority}\r\nVdi-Ticket: {files.Ticket}\r\nVdi-Offset: 0\r\nContent-Length: {content.Length}\r\n\r\n"));
            await socket.SendAsync(content.AsMemory(0, IGuestFiles.Piece + 1000));
            await Eventually.HoldsAsync(() => Task.FromResult(Sent(id).Received >= IGuestFiles.Piece), "a piece is there");
            var busy = await SendAsync(files, id, 0, [1]);
            Assert.Equal("busy", await CodeAsync(busy));
            socket.Close(0);
        }

        await Eventually.HoldsAsync(async () => await CodeAsync(await SendAsync(files, id, content.Length, [])) == "wrong-offset", "nobody sends it any more");
        var from = (int)await OffsetAsync(files, id);
        Assert.InRange(from, IGuestFiles.Piece, IGuestFiles.Piece + 1000);

        // Another ticket goes on with it, another session's does not.
        await using var other = await Host.OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both });
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(await other.FilesAsync(), id, from, content[from..])).StatusCode);
        await SendAsync(await person.FilesAsync(), id, from, content[from..]);
        Assert.True(content.AsSpan().SequenceEqual(guest.Downloads["a"]));
    }

    [Fact]
    public async Task File_that_is_given_up_leaves_nothing()
    {
        var guest = Guest();
        await using var person = await Host.OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both });
        var files = await person.FilesAsync();
        var id = await BeginAsync(files, "a", 100);
        await SendAsync(files, id, 0, new byte[50]);
        Assert.Equal(1, guest.Unfinished);
        Assert.Equal(HttpStatusCode.NoContent, (await AskAsync(HttpMethod.Delete, files, $"/uploads/{id}")).StatusCode);
        Assert.Equal((0, 0), (guest.Unfinished, guest.Downloads.Count));
        Assert.Equal("unknown-upload", await CodeAsync(await SendAsync(files, id, 50, new byte[50])));
        Assert.Empty(Host.Heard.OfType<FileMoved>());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../.bashrc")]
    [InlineData("/etc/passwd")]
    [InlineData("a\\b")]
    [InlineData("a\u0000b")]
    [InlineData("a\nb")]
    [InlineData("가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가")]
    public async Task Name_that_is_none_is_refused(string name)
    {
        var guest = Guest();
        await using var person = await Host.OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both });
        var answer = await AskAsync(HttpMethod.Post, await person.FilesAsync(), "/uploads", JsonContent.Create(new { name, bytes = 1 }));
        Assert.Equal((400, "bad-name"), ((int)answer.StatusCode, await CodeAsync(answer)));
        Assert.Equal(0, guest.Unfinished);
    }

    [Fact]
    public async Task What_may_not_be_or_cannot_be_is_refused_by_name()
    {
        // Nothing in the machine takes files yet.
        await using var person = await Host.OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both, Limits = new SessionLimits(null, null, FilesMiB: 1) });
        var files = await person.FilesAsync();
        Assert.Equal((409, "no-agent"), await RefusedAsync(files, 1));
        Assert.Equal("no-agent", await CodeAsync(await AskAsync(HttpMethod.Get, files, "/shared")));

        var guest = Guest();
        Assert.Equal((413, "too-large"), await RefusedAsync(files, (1 << 20) + 1));
        Assert.Equal((400, "bad-name"), await RefusedAsync(files, -1));
        Assert.Equal((401, "wrong-ticket"), await RefusedAsync((files.Address, "x"), 1));
        guest.Share("large", new byte[(1 << 20) + 1]);
        Assert.Equal("too-large", await CodeAsync(await FetchAsync(files, "large"u8.ToArray())));
        guest.Room = 10;
        var full = await SendAsync(files, await BeginAsync(files, "a", 20), 0, new byte[20]);
        Assert.Equal((507, "disk-full"), ((int)full.StatusCode, await CodeAsync(full)));

        for (var i = 1; i < Files.SentFiles.MostPerSession; i++)
        {
            await BeginAsync(files, $"{i}", 20);
        }

        Assert.Equal((429, "too-many"), await RefusedAsync(files, 1));

        await using var sender = await Host.OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = RunningHost.All | Rights.FilesUp });
        Assert.Equal("no-right", await CodeAsync(await AskAsync(HttpMethod.Get, await sender.FilesAsync(), "/shared")));
        await using var fetcher = await Host.OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = RunningHost.All | Rights.FilesDown });
        Assert.Equal((403, "no-right"), await RefusedAsync(await fetcher.FilesAsync(), 1));
        await using var looker = await Host.OpenAsync(RunningHost.AdmitTo(Machine));
        await Assert.ThrowsAsync<HubException>(looker.FilesAsync);
        Assert.False(looker.Ended.IsCompleted);
    }

    [Fact]
    public async Task Ticket_is_no_good_when_the_session_is_over()
    {
        Guest();
        var admit = RunningHost.AdmitTo(Machine) with { Rights = Both };
        await using var person = await Host.OpenAsync(admit);
        var files = await person.FilesAsync();
        var id = await BeginAsync(files, "a", 100);
        await Host.SayAsync(new Revoke(admit.Session, ByeReason.SessionEnded, "over"));
        await Eventually.HoldsAsync(async () => (await SendAsync(files, id, 0, new byte[1])).StatusCode == HttpStatusCode.Unauthorized, "the ticket is void");
    }

    [Fact]
    public async Task What_lies_in_the_folder_is_listed_and_fetched_and_nothing_else()
    {
        var guest = Guest();
        var admit = RunningHost.AdmitTo(Machine) with { Rights = Both };
        await using var person = await Host.OpenAsync(admit);
        var files = await person.FilesAsync();
        var content = new byte[IGuestFiles.Piece + 99];
        new Random(5).NextBytes(content);
        guest.Share("a\"b\n<i>가.bin", content);
        guest.Shared["FFFE0A"] = [];
        var list = JsonDocument.Parse(await (await AskAsync(HttpMethod.Get, files, "/shared")).Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((IGuestFiles.SharedName, false, 2), (list.GetProperty("folder").GetString(), list.GetProperty("more").GetBoolean(), list.GetProperty("files").GetArrayLength()));
        var listed = list.GetProperty("files")[0];
        Assert.Equal(("a\"b\n<i>가.bin", content.Length), (listed.GetProperty("name").GetString(), listed.GetProperty("bytes").GetInt32()));

        var answer = await FetchAsync(files, Convert.FromHexString(guest.Shared.Keys.Order(StringComparer.Ordinal).First()));
        Assert.Equal(content, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(("application/octet-stream", "attachment", content.Length), (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.DispositionType, answer.Content.Headers.ContentLength));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Empty(await (await FetchAsync(files, [0xFF, 0xFE, 0x0A])).Content.ReadAsByteArrayAsync());
        await Eventually.HoldsAsync(() => Task.FromResult(Host.Heard.OfType<FileMoved>().Count(moved => !moved.ToGuest) == 2), "both are told");
        Assert.Equal(content.Length, Host.Heard.OfType<FileMoved>().First().Bytes);

        Assert.Equal("unknown-file", await CodeAsync(await FetchAsync(files, "missing"u8.ToArray())));
        Assert.Equal("machine-fault", await CodeAsync(await FetchAsync(files, "../x"u8.ToArray())));
    }

    private FakeGuestFiles Guest() => Computer.Files[Machine] = new FakeGuestFiles();

    private Files.SentFile Sent(Guid id) => Host.Agent.SentFiles.Find(Host.Agent.FileTickets.Enter(_last)!, id)!;

    private string? _last;

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, (string Address, string Ticket) files, string path, HttpContent? content = null, long? offset = null)
    {
        _last = files.Ticket;
        using var request = new HttpRequestMessage(method, files.Address + path) { Content = content };
        request.Headers.Add("Vdi-Ticket", files.Ticket);
        if (offset is { } at)
        {
            request.Headers.Add("Vdi-Offset", at.ToString(CultureInfo.InvariantCulture));
        }

        return await Http.SendAsync(request);
    }

    private async Task<Guid> BeginAsync((string, string) files, string name, long bytes)
    {
        var answer = await AskAsync(HttpMethod.Post, files, "/uploads", JsonContent.Create(new { name, bytes }));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
    }

    private async Task<(int, string)> RefusedAsync((string, string) files, long bytes)
    {
        var answer = await AskAsync(HttpMethod.Post, files, "/uploads", JsonContent.Create(new { name = "a", bytes }));
        return ((int)answer.StatusCode, await CodeAsync(answer));
    }

    private Task<HttpResponseMessage> SendAsync((string, string) files, Guid id, long offset, byte[] piece) => AskAsync(HttpMethod.Patch, files, $"/uploads/{id}", new ByteArrayContent(piece), offset);

    private async Task<long> OffsetAsync((string, string) files, Guid id) => Offset(await AskAsync(HttpMethod.Head, files, $"/uploads/{id}"));

    private static long Offset(HttpResponseMessage answer) => long.Parse(answer.Headers.GetValues("Vdi-Offset").Single(), CultureInfo.InvariantCulture);

    private Task<HttpResponseMessage> FetchAsync((string Address, string Ticket) files, byte[] name) =>
        Http.PostAsync($"{files.Address}/shared", new FormUrlEncodedContent([new("ticket", files.Ticket), new("id", System.Buffers.Text.Base64Url.EncodeToString(name))]));

    private static async Task<string> CodeAsync(HttpResponseMessage answer) => JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString()!;
}
