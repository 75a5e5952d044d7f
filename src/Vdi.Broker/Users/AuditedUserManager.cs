using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;

namespace Vdi.Broker.Users;

/// <summary>Identity's manager, which notes what is decided about passwords in the same write.</summary>
internal sealed class AuditedUserManager(
    VdiDb db,
    AuditLog audit,
    IUserStore<User> store,
    IOptions<IdentityOptions> options,
    IPasswordHasher<User> hasher,
    IEnumerable<IUserValidator<User>> userValidators,
    IEnumerable<IPasswordValidator<User>> passwordValidators,
    ILookupNormalizer normalizer,
    IdentityErrorDescriber errors,
    IServiceProvider services,
    ILogger<UserManager<User>> log)
    : UserManager<User>(store, options, hasher, userValidators, passwordValidators, normalizer, errors, services, log)
{
    public override Task<IdentityResult> AccessFailedAsync(User user)
    {
        // Whoever tries again while it is locked decides nothing, and is not noted: the audit is kept for ever.
        var locks = user.AccessFailedCount + 1 >= Options.Lockout.MaxFailedAccessAttempts;
        audit.Note(locks ? "sign-in.lockout" : "sign-in.fail", Target(user), after: new { reason = "wrong-password", failures = user.AccessFailedCount + 1 });
        return base.AccessFailedAsync(user);
    }

    public override async Task<IdentityResult> ChangePasswordAsync(User user, string currentPassword, string newPassword)
    {
        audit.Note("password.change", Target(user));
        var result = await base.ChangePasswordAsync(user, currentPassword, newPassword);
        if (!result.Succeeded)
        {
            // Nothing was saved, the note neither.
            db.ChangeTracker.Clear();
            audit.Note("password.refuse", Target(user), after: new { errors = result.Errors.Select(error => error.Code) });
            await db.SaveChangesAsync(CancellationToken);
        }

        return result;
    }

    private static string Target(User user) => $"user/{user.UserName}";
}
