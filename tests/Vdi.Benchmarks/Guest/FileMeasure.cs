using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Guest;

/// <summary>A file of 1 GB into the guest and out of it again, in pieces as the browser sends them, and how much memory of this process, server and sender,
/// grows meanwhile.</summary>
internal static class FileMeasure
{
    private const int Piece = 8 << 20;
    private const long Bytes = 1_000_000_000;

    public static async Task<List<Figure>> RunAsync(RunningVdi vdi, Person person)
    {
        var (hub, ticket) = await person.TicketAsync();
        await using var client = await DesktopClient.ConnectAsync(vdi.Address, hub, CredentialKind.Ticket, ticket);
        var files = await client.FilesAsync();
        using var http = new HttpClient { BaseAddress = new Uri(vdi.Address), Timeout = TimeSpan.FromMinutes(10) };
        http.DefaultRequestHeaders.Add("Vdi-Ticket", files.Ticket);
        var piece = new byte[Piece];
        new Random(1).NextBytes(piece);

        // What is loaded and compiled once is no cost of a file.
        await UpAsync(http, files.Address, piece, "small.bin", Piece);
        await DownAsync(http, person, files, piece, "small.bin");
        GC.Collect();
        using var memory = new PeakMemory();
        var watch = Stopwatch.StartNew();
        await UpAsync(http, files.Address, piece, "large.bin", Bytes);
        var up = watch.Elapsed;
        watch.Restart();
        var came = await DownAsync(http, person, files, piece, "large.bin");
        return came == Bytes
            ? [new Figure("file.up", "MB/s", [Bytes / 1e6 / up.TotalSeconds]), new Figure("file.down", "MB/s", [Bytes / 1e6 / watch.Elapsed.TotalSeconds]), new Figure("file.memory", "MiB", [memory.Growth])]
            : throw new InvalidOperationException($"{came} bytes came back");
    }

    private static async Task UpAsync(HttpClient http, string address, byte[] piece, string name, long bytes)
    {
        var begun = await http.PostAsJsonAsync($"{address}/uploads", new { name, bytes });
        var id = (await begun.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        for (long at = 0; at < bytes;)
        {
            var count = (int)Math.Min(Piece, bytes - at);
            using var request = new HttpRequestMessage(HttpMethod.Patch, $"{address}/uploads/{id}") { Content = new ByteArrayContent(piece, 0, count) };
            request.Headers.Add("Vdi-Offset", at.ToString(CultureInfo.InvariantCulture));
            (await http.SendAsync(request)).EnsureSuccessStatusCode();
            at += count;
        }
    }

    private static async Task<long> DownAsync(HttpClient http, Person person, (string Address, string Ticket) files, byte[] piece, string name)
    {
        await person.InGuestAsync($"mv /home/user/Downloads/{name} '/home/user/To my computer/'");
        var form = new FormUrlEncodedContent([new("ticket", files.Ticket), new("id", Base64Url.EncodeToString(Encoding.ASCII.GetBytes(name)))]);
        using var fetch = new HttpRequestMessage(HttpMethod.Post, $"{files.Address}/shared") { Content = form };
        using var answer = (await http.SendAsync(fetch, HttpCompletionOption.ResponseHeadersRead)).EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync();
        long came = 0;
        for (int count; (count = await body.ReadAsync(piece)) > 0;)
        {
            came += count;
        }

        return came;
    }

    /// <summary>The most that this process has had since, beyond what it had.</summary>
    private sealed class PeakMemory : IDisposable
    {
        private readonly long _before = Now();
        private readonly Timer _timer;
        private long _most;

        public PeakMemory() => _timer = new Timer(_ => _most = Math.Max(_most, Now()), null, 0, 100);

        public double Growth => Math.Max(0, _most - _before) / 1048576.0;

        public void Dispose() => _timer.Dispose();

        private static long Now()
        {
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }
}
