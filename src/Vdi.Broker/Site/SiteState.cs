using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Vdi.Broker.Apps;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;

namespace Vdi.Broker.Site;

/// <summary>Everything that a site is set up with, as it is at an instant, without what is in the recycle bin: documents by section and name.</summary>
internal sealed class SiteState(VdiDb db, PersonViews people, IOptions<JsonOptions> options)
{
    /// <summary>People are read so many at a time.</summary>
    private const int AtATime = 500;
    private readonly JsonSerializerOptions _json = options.Value.SerializerOptions;

    /// <summary>Documents that say nothing, by section: what something new is compared with.</summary>
    public JsonObject Blank => new()
    {
        ["groups"] = Of(new GroupDocument("", "", [], [])),
        ["users"] = Of(new PersonDocument("", null, [], null, [])),
        ["pools"] = Of(PoolDocument.Of(new Pool { Id = "", Name = "", Image = "" }, [], [], new Dictionary<string, byte[]>())),
    };

    public async Task<JsonObject> ReadAsync(CancellationToken stop) => new()
    {
        ["groups"] = await GroupsAsync(stop),
        ["users"] = await UsersAsync(stop),
        ["pools"] = await PoolsAsync(stop),
        ["quotas"] = new JsonArray([.. (await GroupEndpoints.AllQuotasAsync(db, stop)).Select(Node)]),
    };

    /// <summary>A document without what a site file says elsewhere.</summary>
    public JsonObject Of(GroupDocument group)
    {
        var node = Node(group);
        node.Remove("name");
        return node;
    }

    /// <summary>The same of a person: groups name their members.</summary>
    public JsonObject Of(PersonDocument person)
    {
        var node = Node(person);
        node.Remove("groups");
        return node;
    }

    public JsonObject Of(PoolDocument pool) => Node(pool);

    private async Task<JsonObject> GroupsAsync(CancellationToken stop)
    {
        var members = (await db.GroupMembers.AsNoTracking().Join(db.Users.Where(user => user.Deleted == null), member => member.UserId, user => user.Id, (member, user) => new { member.GroupId, user.UserName }).ToListAsync(stop)).ToLookup(member => member.GroupId, member => member.UserName!);
        var groups = await db.Groups.AsNoTracking().Where(group => group.Deleted == null).ToListAsync(stop);
        var all = new JsonObject();
        foreach (var group in groups.OrderBy(group => group.Name, StringComparer.Ordinal))
        {
            all[group.Name] = Of(new GroupDocument(group.Name, group.Description, group.Tags, [.. members[group.Id].Order(StringComparer.Ordinal)]));
        }

        return all;
    }

    private async Task<JsonObject> UsersAsync(CancellationToken stop)
    {
        var users = await db.Users.AsNoTracking().Where(user => user.Deleted == null).ToListAsync(stop);
        var all = new JsonObject();
        foreach (var some in users.OrderBy(user => user.UserName, StringComparer.Ordinal).Chunk(AtATime))
        {
            foreach (var person in await people.DescribeAsync(some, stop))
            {
                all[person.UserName] = Of(person.Settings);
            }
        }

        return all;
    }

    private async Task<JsonObject> PoolsAsync(CancellationToken stop)
    {
        var pools = await db.Pools.AsNoTracking().Where(pool => pool.Deleted == null).ToListAsync(stop);
        var access = await People.NamesAsync(db, await db.Grants.AsNoTracking().ToListAsync(stop), stop);
        var screens = (await db.Screens.AsNoTracking().ToListAsync(stop)).ToLookup(screen => screen.PoolId);
        var icons = await AppIcon.OfAsync(pools.Select(pool => pool.App), db, stop);
        return new JsonObject(pools.OrderBy(pool => pool.Id, StringComparer.Ordinal).Select(pool => KeyValuePair.Create<string, JsonNode?>(pool.Id, Of(PoolDocument.Of(pool, access[pool.Id], screens[pool.Id], icons)))));
    }

    private JsonObject Node<T>(T document) => JsonSerializer.SerializeToNode(document, _json)!.AsObject();
}
