using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>What is in a desktop that was made from the image, and what must not be.</summary>
[Collection(TinyCollection.Name)]
public sealed class ImageContentsTests(TinyVdi fixture) : IAsyncLifetime
{
    private Person _person = null!;

    public async Task InitializeAsync()
    {
        _person = await fixture.Vdi.NewPersonAsync();
        await _person.OpenDesktopAsync();
    }

    public async Task DisposeAsync() => await _person.DisposeAsync();

    [Fact]
    public async Task Desktop_has_no_passwords_no_way_in_and_a_user_without_privileges()
    {
        // shadow(5): a password field that begins with ! or * matches no password; an empty one matches none at all.
        var shadow = (await _person.InGuestAsync("cat /etc/shadow")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':')).ToList();
        Assert.Contains("user", shadow.Select(fields => fields[0]));
        Assert.All(shadow, fields => Assert.True(fields[1].StartsWith('!') || fields[1].StartsWith('*'), $"{fields[0]} has a password"));
        Assert.Equal("root", (await _person.InGuestAsync("awk -F: '$3 == 0 { print $1 }' /etc/passwd")).Trim());

        Assert.Equal("", await _person.InGuestAsync("for program in sshd telnetd in.telnetd rshd xrdp x11vnc Xvnc dropbear; do command -v $program || true; done; ls /etc/ssh/ssh_host_* 2>/dev/null || true"));

        // Nothing listens but the name resolver, on its own addresses 127.0.0.53 and 127.0.0.54 (proc(5): 0A is LISTEN).
        var listening = await _person.InGuestAsync("cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == \"0A\" { print $2 }'");
        Assert.All(listening.Split('\n', StringSplitOptions.RemoveEmptyEntries), address => Assert.True(address is "3500007F:0035" or "3600007F:0035", $"something listens at {address}"));

        Assert.Equal("1000 user", (await _person.InGuestAsync("echo $(id -u user) $(id -nG user)")).Trim());
        Assert.Equal("", await _person.InGuestAsync("command -v doas pkexec || true"));
        Assert.Equal("no way up", (await _person.AtGuestDesktopAsync("[ -x /usr/bin/sudo ] || [ -e /usr/local/bin/sudo ] || sudo -n true 2>/dev/null || echo no way up")).Trim());
        Assert.Equal("closed", (await _person.AtGuestDesktopAsync("cat /etc/shadow /dev/vda 2>/dev/null | head -c 1 | grep -q . || echo closed")).Trim());

        // No package sources: the mirror that the image was built from is nobody's business.
        Assert.Equal("", await _person.InGuestAsync("cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true"));
    }
}
