using System.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Site;

public enum SiteResult
{
    /// <summary>Something is wrong with the file; nothing was changed.</summary>
    Refused,

    /// <summary>What would change; nothing was changed.</summary>
    Planned,

    /// <summary>Not the plan that was agreed to; nothing was changed.</summary>
    Stale,

    /// <summary>All of it was changed.</summary>
    Applied,
}

/// <summary>Makes a site what a file says, all of it or nothing: it is done in one transaction, looked at, and kept only if it is what was agreed to. So
/// a plan is what really happens.</summary>
internal sealed class SiteService(VdiDb db, AuditLog audit, SiteState state, UserManager<User> users, FleetState fleet, TimeProvider time)
{
    /// <summary>Few rounds: slowness protects passwords that people think of, and these are 79 random bits. At the first sign-in it is hashed as all
    /// others are.</summary>
    private static readonly PasswordHasher<User> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 1000 }));

    /// <param name="prune">Moves what the file does not name, of the sections that it has, to the recycle bin; never people.</param>
    /// <param name="agreed">Hash of the plan that may be applied, "*" for any; null to plan only.</param>
    public async Task<(SiteResult Result, SitePlan? Plan, Faults Faults)> RunAsync(SiteRequest request, Faults shape, bool prune, string? agreed, CancellationToken stop)
    {
        var passwords = agreed is null || shape.Any ? [] : await PasswordsAsync(request, stop);
        SiteNotes notes = new(shape);

        // What others change between the looks before and after is no part of the plan.
        var ((result, plan), _) = await db.InTransactionAsync<(SiteResult Result, SitePlan? Plan)>(
            async () =>
            {
                notes = new SiteNotes(shape);
                var before = await state.ReadAsync(stop);
                await new SiteWriter(db, state, users, time, before, notes, passwords).WriteAsync(request, prune, stop);
                if (notes.Faults.Any)
                {
                    return ((SiteResult.Refused, null), false);
                }

                var plan = SiteChanges.Plan(before, await state.ReadAsync(stop), state.Blank, notes);
                if (agreed is null || (agreed != "*" && agreed != plan.Hash))
                {
                    return ((agreed is null ? SiteResult.Planned : SiteResult.Stale, plan), false);
                }

                audit.Note("site.apply", "site", after: plan);
                return ((SiteResult.Applied, plan), true);
            },
            IsolationLevel.Serializable,
            stop);
        if (result != SiteResult.Applied)
        {
            return (result, plan, notes.Faults);
        }

        fleet.Wake();
        foreach (var name in notes.Disabled)
        {
            await fleet.SendAsync(new RevokeUser(name, ByeReason.SignedOut, "Your account was disabled"), stop);
        }

        return (SiteResult.Applied, plan! with { Passwords = notes.Made.Where(passwords.ContainsKey).ToDictionary(name => name, name => passwords[name].Password) }, notes.Faults);
    }

    /// <summary>Passwords for people who are not there yet, with their hashes, before others have to wait for the transaction.</summary>
    private async Task<Dictionary<string, (string Password, string Hash)>> PasswordsAsync(SiteRequest request, CancellationToken stop)
    {
        var there = await db.Users.AsNoTracking().Select(user => user.NormalizedUserName!).ToHashSetAsync(stop);
        var nobody = new User();
        return (request.Users ?? []).Select(item => item.Name).Where(name => !there.Contains(users.NormalizeName(name))).Distinct(StringComparer.OrdinalIgnoreCase).ToDictionary(
            name => name,
            _ => UserFeature.NewPassword() is var password ? (password, Hasher.HashPassword(nobody, password)) : default);
    }
}
