using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Vdi.Broker.Data;
using Vdi.Broker.Users;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Vdi.Broker.Api;

/// <summary>A request that changes something and bears an Idempotency-Key is done once: whoever sends it again, not knowing whether it arrived, gets the
/// first one's answer. Answers may hold secrets that are told once (a token, a password), so they are kept enciphered.</summary>
internal sealed class IdempotencyFilter(IServiceScopeFactory scopes, IDataProtectionProvider protection, TimeProvider time) : IEndpointFilter
{
    public const string Header = "Idempotency-Key";
    private const int MaxKey = 128;

    /// <summary>Answers are kept for so long.</summary>
    internal static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>A first request that has no answer after so long was lost with its server; it is done anew.</summary>
    private static readonly TimeSpan Lost = TimeSpan.FromMinutes(1);

    private readonly IDataProtector _answers = protection.CreateProtector("Vdi.KeptAnswer");

    private static readonly object IdKey = new();

    /// <summary>The same for the same request with the same key, however often it is sent: what is made for it can bear this id, so that it is made once even
    /// where nobody knows whether the first was. Null for requests without a key.</summary>
    public static Guid? IdOf(HttpContext context) => context.Items[IdKey] as Guid?;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var key = http.Request.Headers[Header].ToString();
        if (key.Length == 0 || HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || http.User.Identity?.IsAuthenticated != true)
        {
            return await next(context);
        }

        if (key.Length > MaxKey)
        {
            return Problems.Problem(StatusCodes.Status400BadRequest, "too-long", $"{Header} has {key.Length} characters; {MaxKey} are the most.");
        }

        var user = Person.IdOf(http.User);
        var request = Describe(http, context.Arguments, user, key);
        http.Items[IdKey] = new Guid(Convert.FromHexString(request).AsSpan(0, 16));
        if (await BeginAsync(user, key, request) is { } known)
        {
            return known;
        }

        var kept = false;
        try
        {
            var answer = await next(context);
            var result = answer is INestedHttpResult nested ? nested.Result : answer;
            if (result is IStatusCodeHttpResult { StatusCode: >= 200 and < 300 and var status })
            {
                await KeepAsync(user, key, status, result is IValueHttpResult { Value: { } value } ? JsonSerializer.Serialize(value, value.GetType(), JsonOf(http)) : "");
                kept = true;
            }

            return answer;
        }
        finally
        {
            if (!kept)
            {
                // Nothing came of it: the same key may try again.
                await ForgetAsync(user, key);
            }
        }
    }

    private static JsonSerializerOptions JsonOf(HttpContext http) => http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;

    /// <summary>A hash of all that tells one request from another: method, address with query, and the body as JSON, however it was spaced. Person and key
    /// are in it, too, so that the hashes of two people's bodies, which may hold passwords, cannot be compared.</summary>
    private static string Describe(HttpContext http, IList<object?> arguments, Guid user, string key)
    {
        var body = http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is { } kind ? arguments.FirstOrDefault(kind.IsInstanceOfType) : null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes<string[]>([$"{user}", key, http.Request.Method, http.Request.Path.ToUriComponent(), http.Request.QueryString.ToUriComponent()]));
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(body, body?.GetType() ?? typeof(object), JsonOf(http)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private async Task<IResult?> BeginAsync(Guid user, string key, string request)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        var now = time.GetUtcNow();
        var (lost, old) = (now - Lost, now - Kept);
        await db.KeptAnswers.Where(answer => answer.UserId == user && answer.Key == key && ((answer.Status == null && answer.At < lost) || answer.At < old)).ExecuteDeleteAsync();
        db.KeptAnswers.Add(new KeptAnswer { UserId = user, Key = key, Request = request, At = now });
        try
        {
            await db.SaveChangesAsync();
            return null;
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation())
        {
            db.ChangeTracker.Clear();
        }

        var first = await db.KeptAnswers.AsNoTracking().FirstOrDefaultAsync(answer => answer.UserId == user && answer.Key == key);
        return first is null || (first.Request == request && first.Status is null)
            ? Problems.Problem(StatusCodes.Status409Conflict, "key-busy", "The first request with this key is still being worked on. Send it again in a moment.")
            : first.Request != request
                ? Problems.Problem(StatusCodes.Status422UnprocessableEntity, "key-reused", $"This {Header} was used for another request. Use a new one for each.")
                : TypedResults.Text(Read(first.Body), "application/json", statusCode: first.Status);
    }

    private string Read(string body) => body.Length == 0 ? "" : _answers.Unprotect(body);

    private async Task KeepAsync(Guid user, string key, int status, string body)
    {
        var kept = body.Length == 0 ? "" : _answers.Protect(body);
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<VdiDb>().KeptAnswers.Where(answer => answer.UserId == user && answer.Key == key)
            .ExecuteUpdateAsync(set => set.SetProperty(answer => answer.Status, status).SetProperty(answer => answer.Body, kept));
    }

    private async Task ForgetAsync(Guid user, string key)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<VdiDb>().KeptAnswers.Where(answer => answer.UserId == user && answer.Key == key && answer.Status == null).ExecuteDeleteAsync();
    }
}
