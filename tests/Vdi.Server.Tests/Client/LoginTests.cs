using System.Net.Security;
using Vdi.Server.Client;
using Vdi.Server.Tls;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Client;

/// <summary>Who asks, by which token, and whom the token is told.</summary>
public sealed class LoginTests(CommandLine line) : IClassFixture<CommandLine>
{
    [Fact]
    public async Task Token_is_kept_for_its_owner_and_taken_back_by_logout()
    {
        var given = (await line.DoAsync("user", "create", "lee", "--set", "roles=auditor")).Output.Trim();
        var token = await File.ReadAllTextAsync(line.TokenFile);
        var first = await line.WithInputAsync($"{given}\n", "login", "--user", "lee");
        Assert.Equal(1, first.Code);
        Assert.Contains("set one of your own first", first.Errors, StringComparison.Ordinal);
        Assert.Equal(token, await File.ReadAllTextAsync(line.TokenFile));

        Assert.Equal(0, (await line.WithInputAsync($"{given}\n{CommandLine.Password}\n", "login", "--user", "lee")).Code);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(line.TokenFile));
        Assert.Equal(0, (await line.RunAsync("pool", "list")).Code);
        var refused = await line.RunAsync("pool", "delete", "desktops");
        Assert.Equal((1, "You may not do that: it needs another role. An administrator can give it to you.\n"), (refused.Code, refused.Errors));

        var lees = (await File.ReadAllTextAsync(line.TokenFile)).Split(' ')[^1].Trim();
        Assert.Equal(0, (await line.RunAsync("logout")).Code);
        Assert.False(File.Exists(line.TokenFile));
        Assert.Contains("not signed in", (await line.RunAsync("pool", "list")).Errors, StringComparison.Ordinal);
        var dead = await line.RunAsync("pool", "list", "--token", lees);
        Assert.Equal(1, dead.Code);
        Assert.Contains("does not take the token", dead.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await line.WithInputAsync($"{CommandLine.Password}\n", "login", "--user", "admin")).Code);
    }

    [Fact]
    public async Task Wrong_password_keeps_nothing_and_says_so()
    {
        var wrong = await line.WithInputAsync("a wrong password\n", "login", "--user", "admin");
        Assert.Equal((1, "User name or password is wrong.\n"), (wrong.Code, wrong.Errors));
        Assert.Contains("--user", (await line.RunAsync("login")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_are_made_with_a_password_only()
    {
        Assert.Contains("by 'vdi login'", (await line.RunAsync("token", "list")).Errors, StringComparison.Ordinal);
        var made = (await line.WithInputAsync($"{CommandLine.Password}\n", "token", "create", "monitor", "--user", "admin", "--json")).Json;
        Assert.Equal(0, (await line.RunAsync("pool", "list", "--token", made["secret"]!.GetValue<string>())).Code);
        Assert.Contains("monitor", (await line.WithInputAsync($"{CommandLine.Password}\n", "token", "list", "--user", "admin")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await line.WithInputAsync($"{CommandLine.Password}\n", "token", "delete", made["token"]!["id"]!.GetValue<string>(), "--user", "admin")).Code);
        Assert.Equal(1, (await line.RunAsync("pool", "list", "--token", made["secret"]!.GetValue<string>())).Code);
    }

    [Fact]
    public void Token_file_that_others_can_read_is_refused()
    {
        using var state = new TemporaryState();
        var file = new TokenFile(Path.Combine(state.Folder.Root, "vdi", "token"));
        file.Keep(new Uri("https://one.test"), "vdi_one");
        File.SetUnixFileMode(file.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var refused = Assert.Throws<ApiException>(() => file.Find(new Uri("https://one.test")));
        Assert.Contains("chmod 600", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Token_is_told_to_its_server_only()
    {
        using var state = new TemporaryState();
        var file = new TokenFile(Path.Combine(state.Folder.Root, "vdi", "token"));
        file.Keep(new Uri("https://one.test"), "vdi_one");
        file.Keep(new Uri("https://two.test:8443"), "vdi_two");
        file.Keep(new Uri("https://one.test"), "vdi_three");
        Assert.Equal(("vdi_three", "vdi_two"), (file.Find(new Uri("https://one.test")), file.Find(new Uri("https://two.test:8443"))));
        Assert.Null(file.Find(new Uri("https://one.test:8443")));
        Assert.Null(file.Find(new Uri("http://one.test")));
        file.Forget(new Uri("https://one.test"));
        Assert.Null(file.Find(new Uri("https://one.test")));
    }

    [Theory]
    [InlineData("http://192.0.2.1:8080", "in clear text")]
    [InlineData("vdi.example.org", "is no address of a server")]
    [InlineData("http://127.0.0.1:1", "cannot be reached")]
    public async Task Server_that_cannot_be_asked_is_named(string server, string words)
    {
        var refused = await line.RunAsync("pool", "list", "--server", server);
        Assert.Equal((1, ""), (refused.Code, refused.Output));
        Assert.Contains(words, refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Own_CA_is_trusted_where_it_is_given_and_for_its_names_only()
    {
        await using var vdi = await HttpsVdi.StartAsync(new TlsOptions(null, null, ["localhost"], null, null));
        using var stranger = new ApiClient(new Uri(vdi.Address), null, new ServerTrust());
        Assert.Contains("--ca", (await Assert.ThrowsAsync<ApiException>(() => stranger.GetAsync("/api/pools", default))).Message, StringComparison.Ordinal);
        using var friend = new ApiClient(new Uri(vdi.Address), null, new ServerTrust(vdi.AuthorityFile));
        Assert.Contains("not signed in", (await Assert.ThrowsAsync<ApiException>(() => friend.GetAsync("/api/pools", default))).Message, StringComparison.Ordinal);
        var tls = new SslClientAuthenticationOptions();
        new ServerTrust(vdi.AuthorityFile).Apply(tls);
        using var shown = await vdi.ShownAsync("localhost");
        Assert.True(tls.RemoteCertificateValidationCallback!(this, shown, null, SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.False(tls.RemoteCertificateValidationCallback(this, shown, null, SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch));
    }
}
