using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Users;

internal sealed record SignInRequest(string UserName, string Password);

internal sealed record PasswordRequest(string Current, string Next);

internal sealed record Me(string UserName, string DisplayName, IList<string> Roles, bool MustChangePassword);

internal static class UserEndpoints
{
    public static void Map(RouteGroupBuilder all)
    {
        var api = all.MapGroup("").WithTags("oneself");
        api.MapGet("/me", MeAsync).RequireAuthorization();
        api.MapPost("/sign-in", SignInAsync);
        api.MapPost("/sign-out", SignOutAsync).RequireAuthorization();
        api.MapPost("/password", ChangePasswordAsync).RequireAuthorization();
    }

    private static async Task<Results<Ok<Me>, UnauthorizedHttpResult>> MeAsync(ClaimsPrincipal principal, UserManager<User> users) =>
        await users.GetUserAsync(principal) is { } user ? TypedResults.Ok(await DescribeAsync(user, users)) : TypedResults.Unauthorized();

    private static async Task<Results<Ok<Me>, ProblemHttpResult>> SignInAsync(SignInRequest request, SignInManager<User> signIn, UserManager<User> users, VdiDb db, AuditLog audit, TimeProvider time, CancellationToken stop)
    {
        var user = await users.FindByNameAsync(request.UserName ?? "");
        if (user is null or { Disabled: true } or { Deleted: not null })
        {
            // Takes as long as a wrong password, so that names cannot be guessed by the clock.
            users.PasswordHasher.HashPassword(new User(), request.Password ?? "");
            // The name is not kept: people type passwords there by mistake.
            audit.Note("sign-in.fail", "user", after: new { reason = "unknown-name" });
            await db.SaveChangesAsync(stop);
            return BadCredentials();
        }

        var result = await signIn.PasswordSignInAsync(user, request.Password ?? "", isPersistent: false, lockoutOnFailure: true);
        if (result.IsLockedOut)
        {
            var wait = Math.Max(1, (int)((user.LockoutEnd ?? time.GetUtcNow()) - time.GetUtcNow()).TotalSeconds);
            return Problems.Problem(StatusCodes.Status423Locked, "locked-out", $"Too many wrong passwords. Try again in {wait} seconds.", ("retryAfterSeconds", wait));
        }

        if (!result.Succeeded)
        {
            return BadCredentials();
        }

        // Nobody is in who is not noted: where this cannot be saved the answer bears no cookie.
        audit.NoteAs(user.UserName!, "sign-in", $"user/{user.UserName}");
        await db.SaveChangesAsync(stop);
        return TypedResults.Ok(await DescribeAsync(user, users));
    }

    /// <summary>The desktops stay, but nobody sees them any more without signing in: neither this browser nor another one of theirs.</summary>
    private static async Task<NoContent> SignOutAsync(ClaimsPrincipal principal, SignInManager<User> signIn, FleetState fleet, VdiDb db, AuditLog audit, CancellationToken stop)
    {
        audit.Note("sign-out", $"user/{principal.Identity?.Name}");
        await db.SaveChangesAsync(stop);
        await signIn.SignOutAsync();
        await fleet.SendAsync(new RevokeUser(principal.Identity?.Name ?? "", ByeReason.SignedOut, "You signed out"), stop);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, UnauthorizedHttpResult, ProblemHttpResult>> ChangePasswordAsync(PasswordRequest request, ClaimsPrincipal principal, UserManager<User> users, SignInManager<User> signIn)
    {
        if (await users.GetUserAsync(principal) is not { } user)
        {
            return TypedResults.Unauthorized();
        }

        if (request.Current == request.Next)
        {
            return Problems.Problem(StatusCodes.Status400BadRequest, "bad-password", "The new password must differ from the current one.", ("errors", new[] { new { code = "SamePassword", detail = "The new password must differ from the current one." } }));
        }

        var result = await users.ChangePasswordAsync(user, request.Current ?? "", request.Next ?? "");
        if (!result.Succeeded)
        {
            var errors = result.Errors.Select(error => new { code = error.Code, detail = error.Description }).ToArray();
            return Problems.Problem(StatusCodes.Status400BadRequest, "bad-password", string.Join(" ", result.Errors.Select(error => error.Description)), ("errors", errors));
        }

        user.MustChangePassword = false;
        await users.UpdateAsync(user);
        await signIn.RefreshSignInAsync(user);
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult BadCredentials() =>
        Problems.Problem(StatusCodes.Status401Unauthorized, "bad-credentials", "User name or password is wrong.");

    private static async Task<Me> DescribeAsync(User user, UserManager<User> users) =>
        new(user.UserName!, user.DisplayName, await users.GetRolesAsync(user), user.MustChangePassword);
}
