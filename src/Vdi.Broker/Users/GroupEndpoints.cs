using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;

namespace Vdi.Broker.Users;

/// <param name="Members">Names of its members; null leaves them as they are.</param>
internal sealed record GroupDocument(string? Name, string? Description, IReadOnlyList<string>? Tags, IReadOnlyList<string>? Members);

internal sealed record GroupView(Guid Id, GroupDocument Settings, DateTimeOffset? Deleted, long Version);

/// <summary>What somebody may have at a time, for a role, group or person by name.</summary>
internal sealed record QuotaDocument(PrincipalKind Kind, string Name, int? Sessions, int? MemoryMiB);

/// <summary>Groups and quotas, for administrators.</summary>
internal static class GroupEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var groups = api.MapGroup("/groups").WithTags("people");
        groups.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("Groups");
        groups.MapGet("/{id:guid}", GetAsync).RequireAuthorization(Can.Read).WithSummary("One group with its members");
        groups.MapPost("/", CreateAsync).RequireAuthorization(Can.Administer).WithSummary("Makes a group");
        groups.MapPut("/{id:guid}", ReplaceAsync).RequireAuthorization(Can.Administer).WithSummary("Replaces a group's settings, and its members where they are given");
        groups.MapDelete("/{id:guid}", DeleteAsync).RequireAuthorization(Can.Administer).WithSummary("Moves a group to the recycle bin: it entitles nobody any more");
        groups.MapPost("/{id:guid}/restore", RestoreAsync).RequireAuthorization(Can.Administer).WithSummary("Brings a group back from the recycle bin");
        var quotas = api.MapGroup("/quotas").WithTags("people");
        quotas.MapGet("/", QuotasAsync).RequireAuthorization(Can.Read).WithSummary("Quotas");
        quotas.MapPut("/", SetQuotaAsync).RequireAuthorization(Can.Administer).WithSummary("Sets the quota of a role, group or person; without numbers takes it away");
    }

    private static async Task<Ok<Page<GroupView>>> ListAsync(Paging paging, VdiDb db, CancellationToken stop, string? search = null, bool deleted = false)
    {
        var all = db.Groups.AsNoTracking().Where(group => deleted ? group.Deleted != null : group.Deleted == null);
        if (search is { Length: > 0 })
        {
            all = all.Where(group => group.Name.Contains(search) || group.Description.Contains(search));
        }

        return TypedResults.Ok(await paging.OfAsync(all.OrderBy(group => group.Name), group => new GroupView(group.Id, new GroupDocument(group.Name, group.Description, group.Tags, null), group.Deleted, group.Version), stop));
    }

    private static async Task<Results<Ok<GroupView>, ProblemHttpResult>> GetAsync(Guid id, HttpContext context, VdiDb db, CancellationToken stop) =>
        await db.Groups.FindAsync([id], stop) is { } group ? TypedResults.Ok(context.Tagged(group, await DescribeAsync(group, db, stop))) : Unknown(id);

    private static async Task<Results<Created<GroupView>, ProblemHttpResult>> CreateAsync(GroupDocument settings, HttpContext context, VdiDb db, AuditLog audit, CancellationToken stop)
    {
        var group = new Group { Id = Guid.NewGuid(), Name = "" };
        var (faults, members) = await CheckAsync(group.Id, settings, db, stop);
        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        db.Groups.Add(group);
        await ApplyAsync(group, settings, members, db, stop);
        audit.Note("group.create", $"group/{group.Name}", after: settings);
        await db.SaveChangesAsync(stop);
        return TypedResults.Created($"/api/groups/{group.Id}", context.Tagged(group, await DescribeAsync(group, db, stop)));
    }

    private static async Task<Results<Ok<GroupView>, ProblemHttpResult>> ReplaceAsync(Guid id, GroupDocument settings, HttpContext context, VdiDb db, AuditLog audit, CancellationToken stop)
    {
        if (await db.Groups.FindAsync([id], stop) is not { } group)
        {
            return Unknown(id);
        }

        if (context.WhyNot(group, await DescribeAsync(group, db, stop)) is { } refusal)
        {
            return refusal;
        }

        var (faults, members) = await CheckAsync(id, settings, db, stop);
        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        audit.Note("group.edit", $"group/{group.Name}", (await DescribeAsync(group, db, stop)).Settings, settings);
        await ApplyAsync(group, settings, members, db, stop);
        db.Entry(group).State = EntityState.Modified;
        return await db.TrySaveAsync(stop)
            ? TypedResults.Ok(context.Tagged(group, await DescribeAsync(group, db, stop)))
            : Edits.Stale(await DescribeAsync(await db.Groups.AsNoTracking().FirstAsync(other => other.Id == id, stop), db, stop));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(Guid id, VdiDb db, AuditLog audit, TimeProvider time, CancellationToken stop)
    {
        if (await db.Groups.FindAsync([id], stop) is not { } group)
        {
            return Unknown(id);
        }

        group.Deleted ??= time.GetUtcNow();
        audit.Note("group.delete", $"group/{group.Name}");
        await db.SaveChangesAsync(stop);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<GroupView>, ProblemHttpResult>> RestoreAsync(Guid id, HttpContext context, VdiDb db, AuditLog audit, CancellationToken stop)
    {
        if (await db.Groups.FindAsync([id], stop) is not { } group)
        {
            return Unknown(id);
        }

        if (await db.Groups.AnyAsync(other => other.Id != id && other.Name == group.Name && other.Deleted == null, stop))
        {
            return Problems.Problem(StatusCodes.Status409Conflict, "name-taken", $"There is another group '{group.Name}' by now: rename it first.");
        }

        group.Deleted = null;
        audit.Note("group.restore", $"group/{group.Name}");
        await db.SaveChangesAsync(stop);
        return TypedResults.Ok(context.Tagged(group, await DescribeAsync(group, db, stop)));
    }

    private static async Task<Ok<List<QuotaDocument>>> QuotasAsync(VdiDb db, CancellationToken stop) => TypedResults.Ok(await AllQuotasAsync(db, stop));

    internal static async Task<List<QuotaDocument>> AllQuotasAsync(VdiDb db, CancellationToken stop)
    {
        var quotas = await db.Quotas.AsNoTracking().ToListAsync(stop);
        var names = await People.NamesAsync(db, quotas.ConvertAll(quota => new Pools.Grant(quota.Principal, quota.Kind, quota.Principal)), stop);
        return quotas.SelectMany(quota => names[quota.Principal].Where(name => name.Kind == quota.Kind).Select(name => new QuotaDocument(quota.Kind, name.Name, quota.Sessions, quota.MemoryMiB)))
            .OrderBy(quota => quota.Kind).ThenBy(quota => quota.Name, StringComparer.Ordinal).ToList();
    }

    private static async Task<Results<Ok<QuotaDocument>, ProblemHttpResult>> SetQuotaAsync(QuotaDocument request, VdiDb db, AuditLog audit, CancellationToken stop)
    {
        var faults = await PutQuotaAsync(request, db, stop);
        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        audit.Note("quota.set", $"{request.Kind.ToString().ToLowerInvariant()}/{request.Name}", after: new { request.Sessions, request.MemoryMiB });
        await db.SaveChangesAsync(stop);
        return TypedResults.Ok(request);
    }

    /// <summary>Sets a quota, unsaved, unless something is wrong with it.</summary>
    internal static async Task<Faults> PutQuotaAsync(QuotaDocument request, VdiDb db, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandRange("sessions", request.Sessions, 0, 1000);
        faults.DemandRange("memoryMiB", request.MemoryMiB, 0, 100_000_000);
        var principal = await People.FindAsync(db, request.Kind, request.Name ?? "", stop);
        if (principal is null)
        {
            faults.Add("name", "unknown-principal", $"There is no {request.Kind.ToString().ToLowerInvariant()} '{request.Name}'.", ("kind", request.Kind), ("name", request.Name));
        }

        if (faults.Any)
        {
            return faults;
        }

        var quota = await db.Quotas.FindAsync([request.Kind, principal], stop);
        if (request is { Sessions: null, MemoryMiB: null })
        {
            db.Quotas.RemoveRange(quota is null ? [] : [quota]);
        }
        else
        {
            if (quota is null)
            {
                db.Quotas.Add(quota = new Quota(request.Kind, principal!));
            }

            (quota.Sessions, quota.MemoryMiB) = (request.Sessions, request.MemoryMiB);
        }

        return faults;
    }

    internal static async Task<(Faults Faults, List<Guid>? Members)> CheckAsync(Guid id, GroupDocument settings, VdiDb db, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("name", settings.Name, 100);
        faults.DemandText("description", settings.Description, 1000, empty: true);
        faults.DemandTags("tags", settings.Tags);
        if (await db.Groups.AnyAsync(other => other.Id != id && other.Name == settings.Name && other.Deleted == null, stop))
        {
            faults.Add("name", "name-taken", $"There is a group '{settings.Name}' already.", ("name", settings.Name));
        }

        if (settings.Members is null)
        {
            return (faults, null);
        }

        var names = settings.Members.Select(name => name.ToUpperInvariant()).ToList();
        var there = await db.Users.Where(user => names.Contains(user.NormalizedUserName!) && user.Deleted == null).Select(user => new { user.Id, user.NormalizedUserName }).ToListAsync(stop);
        foreach (var (name, i) in settings.Members.Select((name, i) => (name, i)).Where(each => !there.Exists(user => user.NormalizedUserName == each.name.ToUpperInvariant())))
        {
            faults.Add($"members[{i}]", "unknown-user", $"There is nobody called '{name}'.", ("name", name));
        }

        return (faults, there.ConvertAll(user => user.Id));
    }

    internal static async Task ApplyAsync(Group group, GroupDocument settings, List<Guid>? members, VdiDb db, CancellationToken stop)
    {
        (group.Name, group.Description, group.Tags) = (settings.Name!.Trim(), settings.Description?.Trim() ?? "", [.. (settings.Tags ?? []).Distinct()]);
        if (members is not null)
        {
            var there = await db.GroupMembers.Where(member => member.GroupId == group.Id).ToListAsync(stop);
            db.GroupMembers.RemoveRange(there.Where(member => !members.Contains(member.UserId)));
            db.GroupMembers.AddRange(members.Except(there.Select(member => member.UserId)).Select(user => new GroupMember(group.Id, user)));
        }
    }

    private static async Task<GroupView> DescribeAsync(Group group, VdiDb db, CancellationToken stop)
    {
        var members = await db.GroupMembers.Where(member => member.GroupId == group.Id).Join(db.Users, member => member.UserId, user => user.Id, (member, user) => user.UserName!).Order().ToListAsync(stop);
        return new GroupView(group.Id, new GroupDocument(group.Name, group.Description, group.Tags, members), group.Deleted, group.Version);
    }

    private static ProblemHttpResult Unknown(Guid id) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-group", $"There is no group '{id}'.");
}
