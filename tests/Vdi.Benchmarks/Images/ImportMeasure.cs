using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace Vdi.Benchmarks.Images;

/// <summary>A disk that nothing can be saved of, sent in pieces and imported.</summary>
internal static class ImportMeasure
{
    private const long Bytes = 2_000_000_000;
    private const int Piece = 8 << 20;

    public static async Task<List<Figure>> RunAsync(CopiedImage image)
    {
        var folder = Directory.CreateTempSubdirectory("vdi-import-");
        try
        {
            Console.Error.WriteLine("making a disk of 2 GB");
            var (file, sum) = await MakeAsync(folder.FullName);
            await using var server = await ImageServer.StartAsync(image);
            return await RunAsync(server, file, sum);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<List<Figure>> RunAsync(ImageServer server, FileInfo file, string sum)
    {
        Console.Error.WriteLine("sending and importing it");

        // What a server does once, when it has just been started, is none of it.
        await Task.Delay(TimeSpan.FromSeconds(5));
        var memory = new ServerMemory(server.Pid, "qemu-img");
        double sent, all;
        await using (memory)
        {
            var ticket = (await server.Admin.PostAsync("/api/images/uploads", new { fileName = file.Name, bytes = file.Length, sha256 = sum })).Good;
            var began = Stopwatch.GetTimestamp();
            await SendAsync(new Uri(new Uri(server.Address), ticket.GetProperty("address").GetString()), ticket.GetProperty("ticket").GetString()!, file);
            sent = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var job = await server.OrderAsync("/api/images/imports", new { upload = ticket.GetProperty("id").GetGuid(), name = "imported" });
            var version = (await server.DoneAsync(job, "the import")).GetProperty("result").GetString();
            all = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var made = (await server.Admin.GetAsync("/api/images/imported")).Good.GetProperty("versions").EnumerateArray().Single(known => known.GetProperty("version").GetString() == version);
            if (made.GetProperty("bytes").GetInt64() < Bytes)
            {
                throw new InvalidOperationException($"The version that was imported has only {made.GetProperty("bytes")} bytes");
            }
        }

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {sent:0.0} s sent, {memory.Longest.Seconds:0.0} s converted, {all:0.0} s in all; the server had {memory.Before:0} MiB of its own and {memory.Peak:0} at most"));
        var megabytes = file.Length / 1e6;
        return
        [
            new Figure("import.rate", "MB/s", [megabytes / all]),
            new Figure("import.upload", "MB/s", [megabytes / sent]),
            new Figure("import.convert", "MB/s", [megabytes / memory.Longest.Seconds]),
            new Figure("import.memory", "MiB", [memory.Peak - memory.Before]),
            new Figure("import.converter", "MiB", [memory.Longest.MiB]),
        ];
    }

    /// <summary>Of noise, so that the file has all of it.</summary>
    private static async Task<(FileInfo File, string Sum)> MakeAsync(string folder)
    {
        var (raw, qcow2) = (Path.Combine(folder, "disk.raw"), Path.Combine(folder, "disk.qcow2"));
        var piece = new byte[Piece];
        await using (var file = File.Create(raw))
        {
            for (var left = Bytes; left > 0; left -= piece.Length)
            {
                Random.Shared.NextBytes(piece);
                await file.WriteAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, left)));
            }
        }

        using var tool = Process.Start("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, qcow2]);
        await tool.WaitForExitAsync();
        if (tool.ExitCode != 0)
        {
            throw new InvalidOperationException("qemu-img could not make the disk");
        }

        File.Delete(raw);
        await using var made = File.OpenRead(qcow2);
        return (new FileInfo(qcow2), Convert.ToHexStringLower(await SHA256.HashDataAsync(made)));
    }

    private static async Task SendAsync(Uri address, string ticket, FileInfo file)
    {
        using var http = new HttpClient();
        await using var content = file.OpenRead();
        var buffer = new byte[Piece];
        for (var at = 0L; at < file.Length;)
        {
            var count = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
            using var request = new HttpRequestMessage(HttpMethod.Patch, address) { Content = new ByteArrayContent(buffer, 0, count) };
            request.Headers.Add("Vdi-Ticket", ticket);
            request.Headers.Add("Vdi-Offset", at.ToString(CultureInfo.InvariantCulture));
            using var answer = await http.SendAsync(request);
            at += count;
            if (answer.StatusCode != HttpStatusCode.NoContent || answer.Headers.GetValues("Vdi-Offset").Single() != at.ToString(CultureInfo.InvariantCulture))
            {
                throw new InvalidOperationException($"A piece was not taken: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }
}
