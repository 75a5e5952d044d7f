using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Users;

/// <param name="Password">Null to be given one that must be changed at the first sign-in.</param>
internal sealed record NewPersonRequest(string? UserName, string? Password, PersonDocument? Settings)
{
    // The password is told to nobody, also not to logs.
    public override string ToString() => $"{UserName} {Settings}";
}

/// <param name="Password">Said once; null where one was given.</param>
internal sealed record NewPerson(PersonView Person, string? Password);

internal sealed record NewPassword(string Password);

/// <summary>People, for administrators.</summary>
internal static class PersonEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var people = api.MapGroup("/users").WithTags("people");
        people.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("People");
        people.MapGet("/{id:guid}", GetAsync).RequireAuthorization(Can.Read).WithSummary("One person");
        people.MapPost("/", CreateAsync).RequireAuthorization(Can.Administer).WithSummary("Makes a person's account");
        people.MapPut("/{id:guid}", ReplaceAsync).RequireAuthorization(Can.Administer).WithSummary("Replaces a person's settings, roles and groups");
        people.MapPatch("/{id:guid}", PatchAsync).RequireAuthorization(Can.Administer).WithSummary("Changes some of a person's settings (JSON Merge Patch)");
        people.MapPost("/{id:guid}/password", ResetPasswordAsync).RequireAuthorization(Can.Administer).WithSummary("Gives a new password, to be changed at the next sign-in, and takes a lockout off");
        people.MapPost("/{id:guid}/sign-out", SignOutAsync).RequireAuthorization(Can.Help).WithSummary("Signs the person out everywhere; desktops stay");
        people.MapDelete("/{id:guid}", DeleteAsync).RequireAuthorization(Can.Administer).WithSummary("Moves a person to the recycle bin and ends their sessions");
        people.MapPost("/{id:guid}/restore", RestoreAsync).RequireAuthorization(Can.Administer).WithSummary("Brings a person back from the recycle bin");
    }

    private static async Task<Ok<Page<PersonView>>> ListAsync(Paging paging, VdiDb db, PersonViews views, CancellationToken stop, string? search = null, string? group = null, bool deleted = false)
    {
        var all = db.Users.AsNoTracking().Where(user => deleted ? user.Deleted != null : user.Deleted == null);
        if (search is { Length: > 0 })
        {
            var upper = search.ToUpperInvariant();
            all = all.Where(user => user.NormalizedUserName!.Contains(upper) || user.DisplayName.Contains(search) || user.NormalizedEmail!.Contains(upper));
        }

        if (group is { Length: > 0 })
        {
            all = all.Where(user => db.GroupMembers.Any(member => member.UserId == user.Id && db.Groups.Any(each => each.Id == member.GroupId && each.Name == group)));
        }

        var page = await paging.OfAsync(all.OrderBy(user => user.UserName), user => user, stop);
        return TypedResults.Ok(new Page<PersonView>(await views.DescribeAsync(page.Items, stop), page.Total, page.Number, page.Size));
    }

    private static async Task<Results<Ok<PersonView>, ProblemHttpResult>> GetAsync(Guid id, HttpContext context, VdiDb db, PersonViews views, CancellationToken stop) =>
        await db.Users.FindAsync([id], stop) is { } user ? TypedResults.Ok(context.Tagged(user, await views.DescribeAsync(user, stop))) : Unknown(id);

    private static async Task<Results<Created<NewPerson>, ProblemHttpResult>> CreateAsync(NewPersonRequest request, HttpContext context, VdiDb db, AuditLog audit, UserManager<User> users, PersonViews views, CancellationToken stop)
    {
        var settings = request.Settings ?? new PersonDocument(null, null, null, null, null);
        var faults = await settings.CheckAsync(db, stop);
        faults.DemandText("userName", request.UserName, 64);
        var password = request.Password ?? UserFeature.NewPassword();
        var user = new User { Id = Guid.NewGuid(), UserName = request.UserName?.Trim(), MustChangePassword = request.Password is null };
        if (!faults.Any)
        {
            foreach (var validator in users.UserValidators)
            {
                faults.AddRange((await validator.ValidateAsync(users, user)).Errors.Select(error => new Fault("userName", error.Code == "DuplicateUserName" ? "name-taken" : "bad-name", error.Description)));
            }
        }

        foreach (var validator in users.PasswordValidators)
        {
            faults.AddRange((await validator.ValidateAsync(users, user, password)).Errors.Select(error => new Fault("password", error.Code, error.Description)));
        }

        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var made = await users.CreateAsync(user, password);
        if (!made.Succeeded)
        {
            faults.Add("userName", "name-taken", string.Join(" ", made.Errors.Select(error => error.Description)));
            return Edits.Bad(faults);
        }

        await settings.ApplyAsync(user, db, stop);
        audit.Note("user.create", Target(user), after: settings);
        await db.SaveChangesAsync(stop);
        await transaction.CommitAsync(stop);
        return TypedResults.Created($"/api/users/{user.Id}", context.Tagged(user, new NewPerson(await views.DescribeAsync(user, stop), request.Password is null ? password : null)));
    }

    private static Task<Results<Ok<PersonView>, ProblemHttpResult>> ReplaceAsync(Guid id, PersonDocument settings, HttpContext context, VdiDb db, AuditLog audit, UserManager<User> users, PersonViews views, FleetState fleet, CancellationToken stop) =>
        EditAsync(id, _ => settings, context, db, audit, users, views, fleet, stop);

    private static Task<Results<Ok<PersonView>, ProblemHttpResult>> PatchAsync(Guid id, JsonObject patch, HttpContext context, VdiDb db, AuditLog audit, UserManager<User> users, PersonViews views, FleetState fleet, CancellationToken stop) =>
        EditAsync(id, now => context.Merge(now, patch), context, db, audit, users, views, fleet, stop);

    private static async Task<Results<Ok<PersonView>, ProblemHttpResult>> EditAsync(Guid id, Func<PersonDocument, PersonDocument> change, HttpContext context, VdiDb db, AuditLog audit, UserManager<User> users, PersonViews views, FleetState fleet, CancellationToken stop)
    {
        if (await db.Users.FindAsync([id], stop) is not { } user)
        {
            return Unknown(id);
        }

        var now = await views.DescribeAsync(user, stop);
        if (context.WhyNot(user, now) is { } refusal)
        {
            return refusal;
        }

        var settings = change(now.Settings);
        if (await settings.CheckAsync(db, stop) is { Any: true } faults)
        {
            return Edits.Bad(faults);
        }

        var administers = settings is { Disabled: false } && settings.Roles?.Contains(Roles.Administrator) == true;
        if (!administers && await IsLastAdministratorAsync(user, db, stop))
        {
            return LastAdministrator();
        }

        await settings.ApplyAsync(user, db, stop);
        audit.Note("user.edit", Target(user), now.Settings, settings);

        // Whoever is signed in has the rights of before in a cookie: a new stamp makes it worthless.
        var less = settings.Disabled || now.Settings.Roles!.Except(settings.Roles ?? []).Any();
        user.SecurityStamp = less ? Guid.NewGuid().ToString("N") : user.SecurityStamp;
        db.Entry(user).State = EntityState.Modified;
        if (!await db.TrySaveAsync(stop))
        {
            return Edits.Stale(await views.DescribeAsync(await db.Users.AsNoTracking().FirstAsync(other => other.Id == id, stop), stop));
        }

        if (settings.Disabled)
        {
            await fleet.SendAsync(new RevokeUser(user.UserName!, ByeReason.SignedOut, "Your account was disabled"), stop);
        }

        return TypedResults.Ok(context.Tagged(user, await views.DescribeAsync(user, stop)));
    }

    private static async Task<Results<Ok<NewPassword>, ProblemHttpResult>> ResetPasswordAsync(Guid id, VdiDb db, IServiceProvider services, FleetState fleet, CancellationToken stop)
    {
        if (await db.Users.AsNoTracking().FirstOrDefaultAsync(user => user.Id == id, stop) is not { } user || await services.ResetPasswordAsync(user.UserName!) is not { } password)
        {
            return Unknown(id);
        }

        await fleet.SendAsync(new RevokeUser(user.UserName!, ByeReason.SignedOut, "Your password was reset"), stop);
        return TypedResults.Ok(new NewPassword(password));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> SignOutAsync(Guid id, AuditLog audit, UserManager<User> users, FleetState fleet, CancellationToken stop)
    {
        if (await users.FindByIdAsync($"{id}") is not { } user)
        {
            return Unknown(id);
        }

        audit.Note("user.sign-out", Target(user));
        await users.UpdateSecurityStampAsync(user);
        await fleet.SendAsync(new RevokeUser(user.UserName!, ByeReason.SignedOut, "You were signed out"), stop);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(Guid id, VdiDb db, AuditLog audit, SessionService sessions, FleetState fleet, TimeProvider time, CancellationToken stop)
    {
        if (await db.Users.FindAsync([id], stop) is not { } user)
        {
            return Unknown(id);
        }

        if (await IsLastAdministratorAsync(user, db, stop))
        {
            return LastAdministrator();
        }

        (user.Deleted, user.SecurityStamp) = (user.Deleted ?? time.GetUtcNow(), Guid.NewGuid().ToString("N"));
        audit.Note("user.delete", Target(user));
        await db.SaveChangesAsync(stop);
        await fleet.SendAsync(new RevokeUser(user.UserName!, ByeReason.SignedOut, "Your account was deleted"), stop);
        foreach (var session in await db.Sessions.Where(session => session.UserId == id && session.Released == null).Select(session => session.Id).ToListAsync(stop))
        {
            await sessions.EndAsync(session, EndCode.NotAllowed, "its user was deleted", stop);
        }

        fleet.Wake();
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<PersonView>, ProblemHttpResult>> RestoreAsync(Guid id, HttpContext context, VdiDb db, AuditLog audit, PersonViews views, CancellationToken stop)
    {
        if (await db.Users.FindAsync([id], stop) is not { } user)
        {
            return Unknown(id);
        }

        user.Deleted = null;
        audit.Note("user.restore", Target(user));
        await db.SaveChangesAsync(stop);
        return TypedResults.Ok(context.Tagged(user, await views.DescribeAsync(user, stop)));
    }

    /// <summary>Whether anybody is an administrator who can sign in.</summary>
    internal static Task<bool> HasAdministratorAsync(VdiDb db, CancellationToken stop) =>
        Administrators(db).AnyAsync(stop);

    private static async Task<bool> IsLastAdministratorAsync(User user, VdiDb db, CancellationToken stop)
    {
        var administrators = await Administrators(db).Select(each => each.Id).Take(2).ToListAsync(stop);
        return administrators is [var last] && last == user.Id;
    }

    private static IQueryable<User> Administrators(VdiDb db) =>
        db.UserRoles.Where(own => db.Roles.Any(role => role.Id == own.RoleId && role.Name == Roles.Administrator))
            .Join(db.Users, own => own.UserId, each => each.Id, (own, each) => each).Where(each => each.Deleted == null && !each.Disabled);

    private static string Target(User user) => $"user/{user.UserName}";

    private static ProblemHttpResult LastAdministrator() =>
        Problems.Problem(StatusCodes.Status409Conflict, "last-administrator", "This is the last administrator: give somebody else the role first.");

    private static ProblemHttpResult Unknown(Guid id) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-user", $"There is no person '{id}'.");
}
