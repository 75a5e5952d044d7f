using System.Security.Cryptography;
using System.Text;
using Vdi.Broker.Audit;
using Vdi.Broker.Users;

namespace Vdi.Broker.Tests.Audit;

public sealed class AuditTextTests
{
    [Fact]
    public void Entry_is_hashed_as_the_specification_says()
    {
        var entry = new AuditEntry
        {
            Broker = "local",
            Number = 1,
            At = new DateTimeOffset(2026, 11, 25, 19, 0, 0, TimeSpan.FromHours(9)),
            Who = "김",
            From = "127.0.0.1",
            Action = "sign-in",
            Target = "user/김",
            Previous = AuditHash.Nothing,
            Hash = "",
        };
        const string encoded = "11:vdi-audit-1,5:local,1:1,28:2026-11-25T10:00:00.0000000Z,3:김,9:127.0.0.1,7:sign-in,8:user/김,0:,0:,64:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855,";
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(encoded))), AuditHash.Of(entry));
    }

    [Fact]
    public void Nothing_secret_is_kept()
    {
        var json = AuditText.Json(new { user = new User { UserName = "kim", PasswordHash = "AQAAA", SecurityStamp = "XYZ" }, tokens = new[] { new { token = "abc", name = "ci" } }, newPassword = "hunter2", mustChangePassword = true });
        foreach (var secret in (string[])["AQAAA", "XYZ", "abc", "hunter2"])
        {
            Assert.DoesNotContain(secret, json, StringComparison.Ordinal);
        }

        Assert.Contains("\"name\":\"ci\"", json, StringComparison.Ordinal);
        Assert.Contains("\"mustChangePassword\":true", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_kept_as_one_line_of_text_whatever_somebody_typed()
    {
        Assert.Equal("a\uFFFDb\uFFFDc\uFFFD", AuditText.Line("a\0b\nc\ud800"));
        Assert.Equal(256, AuditText.Line(new string('x', 1000)).Length);
        Assert.StartsWith("{\"tooLong\":", AuditText.Json(new string('x', 100_000)), StringComparison.Ordinal);
    }
}
