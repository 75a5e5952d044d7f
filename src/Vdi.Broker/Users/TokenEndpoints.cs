using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;

namespace Vdi.Broker.Users;

/// <param name="Days">From now on that it is good; 1 to 366.</param>
internal sealed record NewTokenRequest(string? Name, IReadOnlyList<string>? Scopes, int? Days);

internal sealed record TokenView(Guid Id, string Name, IReadOnlyList<string> Scopes, DateTimeOffset Created, DateTimeOffset Expires, DateTimeOffset? LastUsed);

/// <param name="Secret">Said once, and kept nowhere.</param>
internal sealed record NewToken(TokenView Token, string Secret);

/// <summary>One's own API tokens. They are made in the browser only: a token makes no tokens, and takes back none but itself.</summary>
internal static class TokenEndpoints
{
    private const int Most = 50;

    public static void Map(RouteGroupBuilder api)
    {
        var tokens = api.MapGroup("/tokens").RequireAuthorization(policy => policy.RequireAssertion(context => !context.User.HasClaim(claim => claim.Type == TokenAuthentication.ScopeClaim)).RequireAuthenticatedUser()).WithTags("tokens");
        tokens.MapGet("/", ListAsync).WithSummary("One's own tokens");
        tokens.MapPost("/", CreateAsync).WithSummary("Makes a token; its secret is said once");
        tokens.MapDelete("/{id:guid}", DeleteAsync).WithSummary("Takes a token back");
        api.MapDelete("/tokens/current", DeleteCurrentAsync).RequireAuthorization().WithTags("tokens").WithSummary("Takes back the token that the request bears");
    }

    /// <summary>Whether a token's scopes allow the request: reading, one's own sessions, or everything that its owner may.</summary>
    public static async ValueTask<object?> ScopeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (user, request) = (context.HttpContext.User, context.HttpContext.Request);
        if (!user.HasClaim(claim => claim.Type == TokenAuthentication.ScopeClaim))
        {
            return await next(context);
        }

        bool Has(string scope) => user.HasClaim(TokenAuthentication.ScopeClaim, scope);
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        var sessions = request.Path.StartsWithSegments("/api/sessions");
        var itself = request.Path == "/api/tokens/current";
        return itself || Has(Scopes.Write) || (reads && Has(Scopes.Read)) || (sessions && Has(Scopes.Sessions))
            ? await next(context)
            : Problems.Problem(StatusCodes.Status403Forbidden, "token-scope", $"This token may not do that: it would need the scope '{(reads ? Scopes.Read : sessions ? Scopes.Sessions : Scopes.Write)}'.");
    }

    private static async Task<Ok<List<TokenView>>> ListAsync(ClaimsPrincipal principal, VdiDb db, CancellationToken stop)
    {
        var user = Person.IdOf(principal);
        return TypedResults.Ok((await db.Tokens.AsNoTracking().Where(token => token.UserId == user).OrderBy(token => token.Created).ToListAsync(stop)).ConvertAll(Describe));
    }

    private static async Task<Results<Created<NewToken>, ProblemHttpResult>> CreateAsync(NewTokenRequest request, ClaimsPrincipal principal, VdiDb db, AuditLog audit, TimeProvider time, CancellationToken stop)
    {
        var user = Person.IdOf(principal);
        var faults = new Faults();
        faults.DemandText("name", request.Name, 100);
        faults.DemandRange("days", request.Days, 1, 366);
        if (request.Scopes is not { Count: > 0 })
        {
            faults.Add("scopes", "missing", $"A token needs a scope: {string.Join(", ", Scopes.All)}.");
        }

        foreach (var (scope, i) in (request.Scopes ?? []).Select((scope, i) => (scope, i)).Where(each => !Scopes.All.Contains(each.scope)))
        {
            faults.Add($"scopes[{i}]", "unknown-value", $"'{scope}' is no scope: there are {string.Join(", ", Scopes.All)}.", ("value", scope));
        }

        if (await db.Tokens.CountAsync(token => token.UserId == user, stop) >= Most)
        {
            faults.Add("name", "too-many", $"You have {Most} tokens: take one back first.", ("most", Most));
        }

        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        var secret = TokenAuthentication.Prefix + RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 40);
        var now = time.GetUtcNow();
        var token = new ApiToken { Id = Guid.NewGuid(), UserId = user, Name = request.Name!.Trim(), Hash = TokenAuthentication.HashOf(secret), Scopes = [.. request.Scopes!.Distinct()], Created = now, Expires = now.AddDays(request.Days ?? 90) };
        db.Tokens.Add(token);
        audit.Note("token.create", $"token/{token.Id}", after: new { token.Name, token.Scopes, token.Expires });
        await db.SaveChangesAsync(stop);
        return TypedResults.Created($"/api/tokens/{token.Id}", new NewToken(Describe(token), secret));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(Guid id, ClaimsPrincipal principal, VdiDb db, AuditLog audit, CancellationToken stop)
    {
        var user = Person.IdOf(principal);
        if (await db.Tokens.FirstOrDefaultAsync(token => token.Id == id && token.UserId == user, stop) is { } token)
        {
            db.Tokens.Remove(token);
            audit.Note("token.delete", $"token/{id}", before: new { token.Name, token.Scopes });
            await db.SaveChangesAsync(stop);
            return TypedResults.NoContent();
        }

        return Problems.Problem(StatusCodes.Status404NotFound, "unknown-token", "You have no such token.");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteCurrentAsync(HttpRequest request, VdiDb db, CancellationToken stop) =>
        TokenAuthentication.HashShown(request) is { } hash && await db.Tokens.Where(token => token.Hash == hash).ExecuteDeleteAsync(stop) == 1
            ? TypedResults.NoContent()
            : Problems.Problem(StatusCodes.Status404NotFound, "unknown-token", "The request bears no token: give the id of the one to take back.");

    private static TokenView Describe(ApiToken token) => new(token.Id, token.Name, token.Scopes, token.Created, token.Expires, token.LastUsed);
}
