using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi image export: one file of a version, fetched from a server's host.</summary>
internal static class ImageExportVerb
{
    private const int Piece = 1024 * 1024;
    private const int Patience = 8;

    public static ApiVerb Create()
    {
        var to = new Option<FileInfo>("--to") { Description = "File to write; one that is there is not overwritten", Required = true };
        var format = new Option<string>("--format") { Description = "qcow2 or raw", DefaultValueFactory = _ => "qcow2" }.AcceptOnlyFromAmong("qcow2", "raw");
        return new ApiVerb(
            "export",
            "Fetches a version as one file; run it again to go on where it was interrupted",
            call => ExportAsync(call, call.Get(to), call.Get(format)),
            ImageVerbs.Name,
            ImageVerbs.Version,
            to,
            format);
    }

    private static async Task ExportAsync(Call call, FileInfo to, string format)
    {
        if (to.Exists)
        {
            throw new ApiException($"{to.FullName} is there already: give another name, or delete it.");
        }

        if (to.Directory is not { Exists: true } folder)
        {
            throw new ApiException($"There is no folder {JsonText.Printable(to.DirectoryName ?? "")}.");
        }

        var (path, version) = await ImageVerbs.FindAsync(call, call.Get(ImageVerbs.Name), call.Get(ImageVerbs.Version));
        var title = $"Export of {call.Get(ImageVerbs.Name)} {version}";
        var (ticket, job) = await BegunAsync(call, folder, to.Name, version) ?? await OrderAsync(call, title, path, format);
        var part = new FileInfo(Path.Combine(folder.FullName, $"{to.Name}.{job}.part"));
        try
        {
            Task FetchAsync(Action<string, double?> report) => Download(call, ticket, job, part, report);
            await (call.Json ? FetchAsync((_, _) => { }) : CommandProgress.RunAsync(title, FetchAsync));
        }
        catch (OperationCanceledException)
        {
            throw new InterruptedException($"{title} was not fetched to its end: the same command goes on with {part.Name}.");
        }

        File.Move(part.FullName, to.FullName);
        call.Say(new JsonObject { ["job"] = job, ["version"] = version, ["file"] = to.FullName, ["bytes"] = new FileInfo(to.FullName).Length }, $"{to.FullName} is version {version} of {call.Get(ImageVerbs.Name)}");
    }

    private static async Task<(JsonNode? Ticket, string Job)> OrderAsync(Call call, string title, string path, string format)
    {
        var ordered = (await call.Api.PostAsync($"{path}/export", new JsonObject { ["format"] = format }, call.Stop)).Body as JsonObject ?? [];
        var job = (await ImageJobWait.WaitAsync(call, title, ordered))["id"].Text()!;
        return (await TicketAsync(call, job), job);
    }

    /// <summary>An export of the same that was interrupted while it was fetched, and that the host still has; what is left of others goes.</summary>
    private static async Task<(JsonNode? Ticket, string Job)?> BegunAsync(Call call, DirectoryInfo folder, string name, string version)
    {
        foreach (var part in folder.EnumerateFiles($"{name}.*.part"))
        {
            if (!Guid.TryParse(part.Name[(name.Length + 1)..^".part".Length], out var job))
            {
                continue;
            }

            try
            {
                if ((await call.Api.GetAsync($"/api/images/jobs/{job:D}", call.Stop)).Body?["version"].Text() == version)
                {
                    return (await TicketAsync(call, $"{job:D}"), $"{job:D}");
                }
            }
            catch (ApiException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.ServiceUnavailable or HttpStatusCode.Conflict)
            {
                // It is gone at the host: it is made again, and may differ.
                part.Delete();
            }
        }

        return null;
    }

    private static async Task<JsonNode?> TicketAsync(Call call, string job) => (await call.Api.PostAsync($"/api/images/jobs/{job}/download", null, call.Stop)).Body;

    private static async Task Download(Call call, JsonNode? ticket, string job, FileInfo part, Action<string, double?> report)
    {
        await using var file = new FileStream(part.FullName, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous });
        for (var failures = 0; ;)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, ticket?["address"].Text());
                request.Headers.TryAddWithoutValidation("Vdi-Ticket", ticket?["ticket"].Text());
                request.Headers.Range = new RangeHeaderValue(file.Length, null);
                using var answer = await call.Api.SendFileAsync(request, call.Stop);
                if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && answer.Content.Headers.ContentRange?.Length == file.Length)
                {
                    return;
                }

                if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && ++failures <= Patience)
                {
                    ticket = await TicketAsync(call, job);
                    continue;
                }

                if (!answer.IsSuccessStatusCode)
                {
                    throw ApiException.Of(answer.StatusCode, await answer.Content.ReadAsStringAsync(call.Stop), call.Api.Name, signed: true);
                }

                // A host that sends all of it is believed, too.
                file.SetLength(answer.StatusCode == HttpStatusCode.PartialContent ? file.Length : 0);
                var whole = answer.Content.Headers.ContentRange?.Length ?? answer.Content.Headers.ContentLength;
                if (await CopyAsync(answer, file, whole, report, call.Stop))
                {
                    failures = 0;
                }

                if (whole is null || file.Length >= whole)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or HttpIOException && !call.Stop.IsCancellationRequested)
            {
                report($"the line is down, tried again: {JsonText.Printable(e.Message)}", null);
                if (++failures > Patience)
                {
                    throw new ApiException($"{call.Api.Name} cannot be reached: {JsonText.Printable(e.Message)}. The same command goes on with {part.Name}.", inner: e);
                }

                await Task.Delay(TimeSpan.FromSeconds(Math.Min(30, 1 << failures)), call.Stop);
            }
        }
    }

    /// <summary>Whether anything came.</summary>
    private static async Task<bool> CopyAsync(HttpResponseMessage answer, FileStream file, long? whole, Action<string, double?> report, CancellationToken stop)
    {
        await using var from = await answer.Content.ReadAsStreamAsync(stop);
        var buffer = new byte[Piece];
        file.Position = file.Length;
        var any = false;
        for (int read; (read = await from.ReadAsync(buffer, stop)) > 0; any = true)
        {
            await file.WriteAsync(buffer.AsMemory(0, read), stop);
            report($"{file.Length / 1_000_000} MB fetched", whole is > 0 ? (double)file.Length / whole.Value : null);
        }

        await file.FlushAsync(stop);
        return any;
    }
}
