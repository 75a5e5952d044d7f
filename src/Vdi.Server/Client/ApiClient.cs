using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using System.Text.Json.Nodes;

namespace Vdi.Server.Client;

/// <param name="Tag">The version that was seen, for If-Match; null where there is none.</param>
internal sealed record ApiAnswer(JsonNode? Body, string? Tag);

/// <summary>A server's HTTP API (docs/specs/api.md) with somebody's token, or with the cookie of whoever signs in by it.</summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>As many as the server gives at a time.</summary>
    private const int MostAtATime = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly HttpClient _http;
    private readonly string? _token;
    private string? _cookie;

    /// <param name="server">http on this computer only: a token in clear text belongs to whoever listens.</param>
    public ApiClient(Uri server, string? token, ServerTrust trust)
    {
        (Server, _token) = (server, token);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        trust.Apply(handler.SslOptions);
        _http = new HttpClient(handler) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
    }

    public Uri Server { get; }

    /// <summary>The server as people write it.</summary>
    public string Name => Server.GetLeftPart(UriPartial.Authority);

    /// <summary>An address with what of these is given added to its query.</summary>
    public static string Path(string path, params (string Name, object? Value)[] query)
    {
        var given = query.Where(each => each.Value is not (null or false or "")).Select(each => $"{each.Name}={Uri.EscapeDataString(each.Value is true ? "true" : Convert.ToString(each.Value, CultureInfo.InvariantCulture)!)}").ToList();
        return given.Count == 0 ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{string.Join('&', given)}";
    }

    public Task<ApiAnswer> GetAsync(string path, CancellationToken stop) => SendAsync(HttpMethod.Get, path, null, null, stop);

    public Task<ApiAnswer> PostAsync(string path, JsonNode? body, CancellationToken stop, string? match = null) => SendAsync(HttpMethod.Post, path, body ?? new JsonObject(), match, stop);

    public Task<ApiAnswer> PutAsync(string path, JsonNode body, CancellationToken stop, string? match = null) => SendAsync(HttpMethod.Put, path, body, match, stop);

    public Task<ApiAnswer> PatchAsync(string path, JsonNode body, CancellationToken stop, string? match = null) => SendAsync(HttpMethod.Patch, path, body, match, stop);

    public Task<ApiAnswer> DeleteAsync(string path, CancellationToken stop) => SendAsync(HttpMethod.Delete, path, null, null, stop);

    /// <summary>All parts of a list, one after the other.</summary>
    public async Task<List<JsonObject>> GetAllAsync(string path, CancellationToken stop)
    {
        var all = new List<JsonObject>();
        for (var page = 1; ; page++)
        {
            var part = (await GetAsync(Path(path, ("page", page), ("size", MostAtATime)), stop)).Body;
            var items = (part?["items"] as JsonArray ?? []).OfType<JsonObject>().ToList();
            all.AddRange(items);
            if (items.Count < MostAtATime)
            {
                return all;
            }
        }
    }

    /// <summary>Sends a request for a file to a host, which is shown its ticket and never the token. Whoever asks reads the answer.</summary>
    /// <exception cref="HttpRequestException">The line is down.</exception>
    public Task<HttpResponseMessage> SendFileAsync(HttpRequestMessage request, CancellationToken stop)
    {
        request.Headers.TryAddWithoutValidation("Origin", Name);
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
    }

    public void Dispose() => _http.Dispose();

    private async Task<ApiAnswer> SendAsync(HttpMethod method, string path, JsonNode? body, string? match, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        if (match is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", match);
        }

        if (_token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        }
        else if (_cookie is not null)
        {
            // A container would keep a Secure cookie from plain http, which this is on loopback.
            request.Headers.Add("Cookie", _cookie);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            using var response = await _http.SendAsync(request, patience.Token);
            if (response.Headers.TryGetValues("Set-Cookie", out var cookies))
            {
                _cookie = cookies.First().Split(';')[0];
            }

            var text = await response.Content.ReadAsStringAsync(patience.Token);
            return !response.IsSuccessStatusCode ? throw ApiException.Of(response.StatusCode, text, Name, _token is not null)
                : text.Length == 0 ? new ApiAnswer(null, null)
                : new ApiAnswer(JsonText.TryParse(text) ?? throw new ApiException($"{Name} answers, but not as a Vdi server does: give the server's address with --server."), response.Headers.ETag?.ToString());
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new ApiException($"{Name} did not answer in time.", inner: e);
        }
        catch (HttpRequestException e)
        {
            throw new ApiException(WhyNot(e), inner: e);
        }
    }

    private string WhyNot(HttpRequestException e) => e.InnerException is AuthenticationException
        ? $"The certificate of {Name} is not to be trusted: {JsonText.Printable(e.InnerException.Message)} Where the server has a CA of its own, give its ca.crt with --ca."
        : $"{Name} cannot be reached: {JsonText.Printable(e.Message)}. Is the server running, and is that its address? Give another one with --server or VDI_SERVER.";
}
