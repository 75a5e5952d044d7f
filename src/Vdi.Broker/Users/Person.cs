using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;

namespace Vdi.Broker.Users;

/// <summary>Whoever asks, with everything that rights come from.</summary>
internal sealed record Person(Guid Id, string Name, IReadOnlyList<string> Roles, IReadOnlyList<Guid> Groups)
{
    public static async Task<Person> OfAsync(ClaimsPrincipal principal, VdiDb db, CancellationToken stop)
    {
        var id = IdOf(principal);
        var groups = await db.GroupMembers.Where(member => member.UserId == id && db.Groups.Any(group => group.Id == member.GroupId && group.Deleted == null)).Select(member => member.GroupId).ToListAsync(stop);
        return new Person(id, NameOf(principal), [.. principal.FindAll(ClaimTypes.Role).Select(role => role.Value)], groups);
    }

    public static Guid IdOf(ClaimsPrincipal principal) => Guid.Parse(principal.FindFirstValue(ClaimTypes.NameIdentifier)!);

    public static string NameOf(ClaimsPrincipal principal) => principal.Identity?.Name ?? "";

    /// <summary>What grants and quotas call this person, the person's groups and roles.</summary>
    public IReadOnlyList<string> Principals => [$"{Id:D}", .. Groups.Select(group => $"{group:D}"), .. Roles];

    /// <summary>Whether a grant or quota is about this person.</summary>
    public bool Is(PrincipalKind kind, string principal) => kind switch
    {
        PrincipalKind.User => principal == $"{Id:D}",
        PrincipalKind.Group => Groups.Any(group => principal == $"{group:D}"),
        _ => Roles.Contains(principal),
    };
}
