using System.Net.Http.Json;
using System.Text.Json;

namespace Vdi.Server.Tests;

/// <summary>A person's HTTP client; carries the cookie itself, for the framework's container keeps Secure cookies from plain HTTP.</summary>
internal sealed class HttpPerson(string address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(20) };
    private string? _cookie;

    public async Task<(int Status, JsonElement Body)> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = method == HttpMethod.Get ? null : JsonContent.Create(body ?? new { }) };
        if (_cookie is not null)
        {
            request.Headers.Add("Cookie", _cookie);
        }

        using var response = await _http.SendAsync(request);
        if (response.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            _cookie = cookies.First().Split(';')[0];
        }

        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.StartsWith('{') || text.StartsWith('[') ? JsonSerializer.Deserialize<JsonElement>(text) : default);
    }

    public async Task<JsonElement> GetAsync(string path) => Good(await SendAsync(HttpMethod.Get, path), path);

    public async Task<JsonElement> PostAsync(string path, object? body = null) => Good(await SendAsync(HttpMethod.Post, path, body), path);

    public Task SignInAsync(string user, string password) => PostAsync("/api/sign-in", new { userName = user, password });

    public void Dispose() => _http.Dispose();

    private static JsonElement Good((int Status, JsonElement Body) answer, string path)
    {
        Assert.True(answer.Status is >= 200 and < 300, $"{path}: {answer.Status} {answer.Body}");
        return answer.Body;
    }
}
