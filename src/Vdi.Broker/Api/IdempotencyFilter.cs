using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Users;

namespace Vdi.Broker.Api;

/// <summary>A request that bears an Idempotency-Key is done once: whoever sends it again, not knowing whether it arrived, gets the first one's answer.</summary>
internal sealed class IdempotencyFilter(IServiceScopeFactory scopes, TimeProvider time) : IEndpointFilter
{
    public const string Header = "Idempotency-Key";
    private const int MaxKey = 128;

    /// <summary>Answers are kept for so long.</summary>
    internal static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>A first request that has no answer after so long was lost with its server; it is done anew.</summary>
    private static readonly TimeSpan Lost = TimeSpan.FromMinutes(1);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var key = http.Request.Headers[Header].ToString();
        if (key.Length == 0 || http.User.Identity?.IsAuthenticated != true)
        {
            return await next(context);
        }

        if (key.Length > MaxKey)
        {
            return Problems.Problem(StatusCodes.Status400BadRequest, "too-long", $"{Header} has {key.Length} characters; {MaxKey} are the most.");
        }

        var user = Person.IdOf(http.User);
        var request = Describe(http.Request, context.Arguments);
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
                await KeepAsync(user, key, status, result is IValueHttpResult { Value: { } value } ? System.Text.Json.JsonSerializer.Serialize(value, value.GetType(), JsonOf(http)) : "");
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

    private static System.Text.Json.JsonSerializerOptions JsonOf(HttpContext http) =>
        http.RequestServices.GetRequiredService<Microsoft.Extensions.Options.IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;

    private static string Describe(HttpRequest request, IList<object?> arguments)
    {
        // Bodies are records, whose text says all of them.
        var body = arguments.FirstOrDefault(argument => argument?.GetType().Namespace?.StartsWith("Vdi.", StringComparison.Ordinal) == true && argument.GetType().Name.EndsWith("Request", StringComparison.Ordinal));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path} {body}")));
    }

    private async Task<IResult?> BeginAsync(Guid user, string key, string request)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        var now = time.GetUtcNow();
        var lost = now - Lost;
        await db.KeptAnswers.Where(answer => answer.UserId == user && answer.Key == key && answer.Status == null && answer.At < lost).ExecuteDeleteAsync();
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
                : TypedResults.Text(first.Body, "application/json", statusCode: first.Status);
    }

    private async Task KeepAsync(Guid user, string key, int status, string body)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<VdiDb>().KeptAnswers.Where(answer => answer.UserId == user && answer.Key == key)
            .ExecuteUpdateAsync(set => set.SetProperty(answer => answer.Status, status).SetProperty(answer => answer.Body, body));
    }

    private async Task ForgetAsync(Guid user, string key)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<VdiDb>().KeptAnswers.Where(answer => answer.UserId == user && answer.Key == key && answer.Status == null).ExecuteDeleteAsync();
    }
}
