using System.Security.Cryptography;
using Vdi.Broker.Apps;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.TestSupport;

/// <summary>An application of the tiny image, the same one wherever a test wants one: its template is made once.</summary>
public static class TestApps
{
    public const string Title = "한글 & more";

    /// <summary>A terminal whose title stays, and whose shell can be spoken to.</summary>
    public static MachineApp Terminal { get; } = new("xterm", ["-e", "sh", "-c", $"printf '\\033]2;{Title}\\007'; exec sh"], "/tmp");

    /// <summary>Publishes it for everybody who signs in, and returns the secret of a link to it.</summary>
    public static async Task<string> PublishAsync(RunningVdi vdi, string id, int warm = 1)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        await vdi.QueryAsync(async db =>
        {
            db.Pools.Add(new Pool
            {
                Id = id,
                Name = "Terminal",
                Image = "tiny",
                App = new PublishedApp { Command = Terminal.Command, Arguments = Terminal.Arguments, Folder = Terminal.Folder },
                Policy = new PoolPolicy { Warm = new WarmPolicy { Count = warm }, Maximum = 3 },
            });
            db.Grants.Add(new Grant(id, PrincipalKind.Role, Roles.User));
            db.AppLinks.Add(new AppLink
            {
                Id = Guid.NewGuid(),
                PoolId = id,
                Name = "Visitors",
                Hash = Convert.ToHexStringLower(SHA256.HashData(secret)),
                Created = TimeProvider.System.GetUtcNow(),
                CreatedBy = "test",
                Expires = TimeProvider.System.GetUtcNow().AddDays(1),
                MaxUses = 1,
            });
            return await db.SaveChangesAsync();
        });
        return Convert.ToBase64String(secret).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }
}
