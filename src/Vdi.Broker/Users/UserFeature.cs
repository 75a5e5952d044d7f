using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;

namespace Vdi.Broker.Users;

/// <summary>Sign-in: ASP.NET Core Identity, a __Host- cookie, lockout after five wrong passwords.</summary>
public static class UserFeature
{
    /// <summary>A token where one is shown, else the cookie.</summary>
    private const string Either = "either";
    internal const string MustChangeClaim = "vdi:must-change-password";

    public static IServiceCollection AddUsers(this IServiceCollection services)
    {
        services.AddAudit();
        services.AddIdentityCore<User>(identity =>
        {
            identity.Password.RequiredLength = 10;

            // Names in any script.
            identity.User.AllowedUserNameCharacters = "";
            identity.Password.RequireNonAlphanumeric = false;
            identity.Password.RequireUppercase = false;
            identity.Password.RequireLowercase = false;
            identity.Password.RequireDigit = false;
            identity.Lockout.MaxFailedAccessAttempts = 5;
            identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
        }).AddRoles<IdentityRole<Guid>>().AddEntityFrameworkStores<VdiDb>().AddUserManager<AuditedUserManager>().AddSignInManager().AddClaimsPrincipalFactory<ClaimsFactory>();
        services.AddAuthentication(Either).AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null)
            .AddPolicyScheme(Either, null, either => either.ForwardDefaultSelector = context => TokenAuthentication.IsMeant(context.Request) ? TokenAuthentication.SchemeName : IdentityConstants.ApplicationScheme)
            .AddIdentityCookies();
        services.Configure<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme, cookie =>
        {
            cookie.Cookie.Name = "__Host-vdi";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Strict;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.Always;
            cookie.Cookie.Path = "/";
            cookie.ExpireTimeSpan = TimeSpan.FromHours(10);
            cookie.Events.OnRedirectToLogin = context => Status(context, StatusCodes.Status401Unauthorized);
            cookie.Events.OnRedirectToAccessDenied = context => Status(context, StatusCodes.Status403Forbidden);
        });
        // Whoever loses a right, or is signed out by somebody, is so within seconds, in every browser.
        services.Configure<SecurityStampValidatorOptions>(stamp => stamp.ValidationInterval = TimeSpan.FromSeconds(5));
        return services.AddAuthorization();
    }

    /// <summary>Makes the roles and, where there is nobody yet, the first administrator; returns the password then, else null. All of it
    /// or nothing: an administrator without the role could not be made again.</summary>
    public static async Task<string?> MakeFirstAdministratorAsync(this IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        await using var transaction = await scope.ServiceProvider.GetRequiredService<VdiDb>().Database.BeginTransactionAsync();
        var roles = scope.ServiceProvider.GetRequiredService<RoleManager<IdentityRole<Guid>>>();
        foreach (var role in Roles.All)
        {
            if (!await roles.RoleExistsAsync(role))
            {
                Demand(await roles.CreateAsync(new IdentityRole<Guid>(role)));
            }
        }

        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        if (users.Users.Any())
        {
            await transaction.CommitAsync();
            return null;
        }

        var password = NewPassword();
        var admin = new User { UserName = "admin", DisplayName = "Administrator", MustChangePassword = true };
        Demand(await users.CreateAsync(admin, password));
        Demand(await users.AddToRolesAsync(admin, [Roles.Administrator, Roles.User]));
        await transaction.CommitAsync();
        return password;
    }

    /// <summary>Gives somebody a new password, to be changed at the next sign-in, and takes a lockout off; null where there is no such
    /// user. For a password that was lost.</summary>
    public static async Task<string?> ResetPasswordAsync(this IServiceProvider services, string userName)
    {
        await using var scope = services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        if (await users.FindByNameAsync(userName) is not { } user)
        {
            return null;
        }

        var password = NewPassword();
        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
        (user.MustChangePassword, user.LockoutEnd, user.AccessFailedCount) = (true, null, 0);

        scope.ServiceProvider.GetRequiredService<AuditLog>().Note("password.reset", $"user/{user.UserName}");

        // One write; the new stamp ends what is signed in with the old password.
        Demand(await users.UpdateSecurityStampAsync(user));
        return password;
    }

    internal static string NewPassword() => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 16);

    private static void Demand(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new InvalidOperationException(string.Join(" ", result.Errors.Select(error => error.Description)));
        }
    }

    private static Task Status(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    /// <summary>Puts the duty to change the password into the cookie, so that every request sees it without the database.</summary>
    private sealed class ClaimsFactory(UserManager<User> users, RoleManager<IdentityRole<Guid>> roles, IOptions<IdentityOptions> options)
        : UserClaimsPrincipalFactory<User, IdentityRole<Guid>>(users, roles, options)
    {
        protected override async Task<ClaimsIdentity> GenerateClaimsAsync(User user)
        {
            var identity = await base.GenerateClaimsAsync(user);
            if (user.MustChangePassword)
            {
                identity.AddClaim(new Claim(MustChangeClaim, "true"));
            }

            return identity;
        }
    }
}
