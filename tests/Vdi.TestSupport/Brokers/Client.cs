using System.Net.Http.Json;
using System.Text.Json;

namespace Vdi.TestSupport.Brokers;

/// <summary>A person's HTTP client; carries the cookie itself, for the framework's container keeps Secure cookies from plain HTTP.</summary>
public sealed class Client(string address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(address) };
    private string? _cookie;

    public string SetCookie { get; private set; } = "";

    public async Task SignInAsync(string user, string password)
    {
        var answer = await PostAsync("/api/sign-in", new { userName = user, password });
        if (answer.Status != 200)
        {
            throw new InvalidOperationException($"{user} could not sign in: {answer.Status} {answer.Body}");
        }
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<Answer> PostAsync(string path, object? body = null, string? match = null) => SendAsync(HttpMethod.Post, path, body ?? new { }, ("If-Match", match));

    public Task<Answer> PutAsync(string path, object body, string? match = null) => SendAsync(HttpMethod.Put, path, body, ("If-Match", match));

    public Task<Answer> PatchAsync(string path, object body, string? match = null) => SendAsync(HttpMethod.Patch, path, body, ("If-Match", match));

    /// <summary>The same request as often as one likes, done once.</summary>
    public Task<Answer> PostOnceAsync(string path, object body, string key) => SendAsync(HttpMethod.Post, path, body, ("Idempotency-Key", key));

    /// <summary>The same edit as often as one likes, done once.</summary>
    public Task<Answer> PatchOnceAsync(string path, object body, string key) => SendAsync(HttpMethod.Patch, path, body, ("If-Match", "*"), ("Idempotency-Key", key));

    /// <summary>From now on this token instead of the cookie.</summary>
    public string? Token { get; set; }

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null);

    public void Dispose() => _http.Dispose();

    /// <summary>The answer's text, where it is not JSON.</summary>
    public async Task<string> TextAsync(string path)
    {
        using var response = await GetRawAsync(path);
        return await response.Content.ReadAsStringAsync();
    }

    public async Task<int> StatusAsync(string path)
    {
        using var response = await GetRawAsync(path);
        return (int)response.StatusCode;
    }

    private Task<HttpResponseMessage> GetRawAsync(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (_cookie is not null)
        {
            request.Headers.Add("Cookie", _cookie);
        }

        return _http.SendAsync(request);
    }

    private async Task<Answer> SendAsync(HttpMethod method, string path, object? body, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : body is string text ? new StringContent(text, System.Text.Encoding.UTF8, "application/json") : JsonContent.Create(body) };
        foreach (var (name, value) in headers.Where(header => header.Value is not null))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (Token is not null)
        {
            request.Headers.Add("Authorization", $"Bearer {Token}");
        }
        else if (_cookie is not null)
        {
            request.Headers.Add("Cookie", _cookie);
        }

        using var response = await _http.SendAsync(request);
        if (response.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            SetCookie = cookies.First();
            _cookie = SetCookie.Split(';')[0];
        }

        var answer = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, answer.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(answer), response.Headers.ETag?.ToString());
    }
}

public sealed record Answer(int Status, JsonElement Body, string? Tag = null)
{
    public string Text(string name) => Body.GetProperty(name).GetString()!;

    /// <summary>The body of an answer that grants what was asked.</summary>
    public JsonElement Good => Status is >= 200 and < 300 ? Body : throw new InvalidOperationException($"{Status} {Body}");

    public Guid Id => Body.GetProperty("id").GetGuid();

    /// <summary>"field code" of everything that was wrong.</summary>
    public IReadOnlyList<string> Faults => [.. Body.GetProperty("errors").EnumerateArray().Select(fault => $"{fault.GetProperty("field").GetString()} {fault.GetProperty("code").GetString()}")];

    /// <summary>What is at a path of properties, as text.</summary>
    public string At(params string[] path) => path.Aggregate(Body, (at, name) => at.TryGetProperty(name, out var value) ? value : throw new InvalidOperationException($"No {name} in {Status} {Body}")).ToString();
}
