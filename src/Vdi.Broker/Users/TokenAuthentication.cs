using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Vdi.Broker.Data;

namespace Vdi.Broker.Users;

/// <summary>Personal API tokens: "Authorization: Bearer vdi_…", with at most the rights of their owner and of those what their scopes allow.</summary>
internal sealed class TokenAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, VdiDb db, IUserClaimsPrincipalFactory<User> claims, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "token";

    /// <summary>So that a token that lies somewhere it should not is recognised.</summary>
    public const string Prefix = "vdi_";

    /// <summary>Claim of each scope.</summary>
    public const string ScopeClaim = "vdi:scope";
    private const string Bearer = "Bearer ";

    /// <summary>A token's use is noted at most so often.</summary>
    private static readonly TimeSpan NoteEvery = TimeSpan.FromMinutes(1);

    public static bool IsMeant(HttpRequest request) => request.Headers.Authorization.ToString().StartsWith(Bearer + Prefix, StringComparison.Ordinal);

    /// <summary>The hash of the token that a request bears; null where it bears none.</summary>
    public static string? HashShown(HttpRequest request) => IsMeant(request) ? HashOf(request.Headers.Authorization.ToString()[Bearer.Length..].Trim()) : null;

    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!IsMeant(Request))
        {
            return AuthenticateResult.NoResult();
        }

        var hash = HashShown(Request)!;
        var now = time.GetUtcNow();
        var token = await db.Tokens.AsNoTracking().FirstOrDefaultAsync(token => token.Hash == hash, Context.RequestAborted);
        if (token is null || token.Expires <= now || await db.Users.AsNoTracking().FirstOrDefaultAsync(user => user.Id == token.UserId && user.Deleted == null && !user.Disabled, Context.RequestAborted) is not { } user)
        {
            return AuthenticateResult.Fail("The token is not good, or not any more");
        }

        if (token.LastUsed is not { } used || now - used > NoteEvery)
        {
            await db.Tokens.Where(row => row.Id == token.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.LastUsed, now), Context.RequestAborted);
        }

        var principal = await claims.CreateAsync(user);
        var identity = new ClaimsIdentity(principal.Claims, SchemeName, ClaimTypes.Name, ClaimTypes.Role);
        identity.AddClaims(token.Scopes.Select(scope => new Claim(ScopeClaim, scope)));
        identity.AddClaim(new Claim(ScopeClaim, ""));
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }
}
