using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>Sends a file to a server's host, piece by piece: what has arrived is asked for, not believed, so that it can be interrupted at any time and gone on with.</summary>
internal sealed class FileUpload(Call call, FileInfo file)
{
    private const int Piece = 8 * 1024 * 1024;

    /// <summary>Pieces in a row that come to nothing.</summary>
    private const int Patience = 8;

    private const string Ticket = "Vdi-Ticket";
    private const string Offset = "Vdi-Offset";
    private string _id = "";
    private string _address = "";
    private string _ticket = "";

    /// <summary>Sends what is not there yet; returns the upload's id.</summary>
    /// <exception cref="ApiException">It cannot be sent; what has arrived is kept.</exception>
    public async Task<string> SendAsync(Action<string, double?> report)
    {
        await using var content = Open();
        var sum = await HashAsync(content, report);
        await BeginAsync(sum);
        var buffer = new byte[Piece];
        var (at, failures) = (0L, 0);
        for (var known = false; !known || at < content.Length;)
        {
            try
            {
                using var request = known ? await NextAsync(content, at, buffer) : Request(HttpMethod.Head);
                using var answer = await call.Api.SendFileAsync(request, call.Stop);
                var there = Read(answer);
                if (there is { } now && (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Conflict))
                {
                    failures = now > at ? 0 : failures + (known && !answer.IsSuccessStatusCode ? 1 : 0);
                    (at, known) = (now, true);
                    report($"{at / 1_000_000} of {content.Length / 1_000_000} MB sent", content.Length == 0 ? 1 : (double)at / content.Length);
                    continue;
                }

                await RefusedAsync(answer, ++failures);
            }
            catch (Exception e) when (e is HttpRequestException or IOException && !call.Stop.IsCancellationRequested)
            {
                if (++failures > Patience)
                {
                    throw new ApiException($"{call.Api.Name} cannot be reached: {JsonText.Printable(e.Message)}. What was sent is kept for a week: the same command goes on with it.", inner: e);
                }

                report($"the line is down, tried again: {JsonText.Printable(e.Message)}", null);
                known = false;
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(30, 1 << failures)), call.Stop);
            }
        }

        return _id;
    }

    private FileStream Open()
    {
        try
        {
            return new FileStream(file.FullName, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.Read, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ApiException($"{file.FullName} cannot be read: {JsonText.Printable(e.Message)}", inner: e);
        }
    }

    private async Task<string> HashAsync(FileStream content, Action<string, double?> report)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Piece];
        for (int read; (read = await content.ReadAsync(buffer, call.Stop)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            report("reads the file", (double)content.Position / content.Length);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Goes on with an upload of the same file, where the server has one.</summary>
    private async Task BeginAsync(string sum)
    {
        var uploads = (await call.Api.GetAsync("/api/images/uploads", call.Stop)).Body as JsonArray ?? [];
        var same = uploads.OfType<JsonObject>().FirstOrDefault(upload => upload["fileName"].Text() == file.Name && upload["bytes"]?.GetValue<long>() == file.Length && upload["sha256"].Text() == sum);
        if (same is not null)
        {
            _id = same["id"].Text()!;
            await RenewAsync();
            return;
        }

        Take((await call.Api.PostAsync("/api/images/uploads", new JsonObject { ["fileName"] = file.Name, ["bytes"] = file.Length, ["sha256"] = sum }, call.Stop)).Body);
    }

    private async Task RenewAsync() => Take((await call.Api.PostAsync($"/api/images/uploads/{_id}/ticket", null, call.Stop)).Body);

    private void Take(JsonNode? ticket) => (_id, _address, _ticket) = (ticket?["id"].Text() ?? "", ticket?["address"].Text() ?? "", ticket?["ticket"].Text() ?? "");

    private HttpRequestMessage Request(HttpMethod method)
    {
        var request = new HttpRequestMessage(method, _address);
        request.Headers.TryAddWithoutValidation(Ticket, _ticket);
        return request;
    }

    private async Task<HttpRequestMessage> NextAsync(FileStream content, long at, byte[] buffer)
    {
        content.Position = at;
        var read = await content.ReadAtLeastAsync(buffer, (int)Math.Min(buffer.Length, content.Length - at), throwOnEndOfStream: true, call.Stop);
        var request = Request(HttpMethod.Patch);
        request.Headers.TryAddWithoutValidation(Offset, at.ToString(CultureInfo.InvariantCulture));
        request.Content = new ByteArrayContent(buffer, 0, read);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return request;
    }

    /// <summary>What has arrived, as the host says.</summary>
    private static long? Read(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues(Offset, out var values) && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var there) ? there : null;

    /// <summary>A ticket that is over is renewed; what the host cannot do now is tried again.</summary>
    private async Task RefusedAsync(HttpResponseMessage answer, int failures)
    {
        var (status, words) = (answer.StatusCode, await answer.Content.ReadAsStringAsync(call.Stop));
        if (failures > Patience || status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout))
        {
            throw ApiException.Of(status, words, call.Api.Name, signed: true);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(200 * failures), call.Stop);
        await RenewAsync();
    }
}
