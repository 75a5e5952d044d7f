using System.Diagnostics;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Commands;

/// <summary>The program itself.</summary>
public sealed class ServeProcessTests : IDisposable
{
    private readonly TemporaryState _state = new();

    [Fact]
    public async Task Options_that_do_not_fit_end_it_with_1_and_leave_nothing()
    {
        var (code, _, errors) = await RunAsync("serve", "--bind", "0.0.0.0", "--port", $"{HttpsVdi.FreePort()}", "--certificate", "/nowhere.pem", "--machines", "fake");
        Assert.Equal(1, code);
        Assert.StartsWith("The certificate /nowhere.pem cannot be used", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_state.Folder.Root, "tls")));

        (code, _, errors) = await RunAsync("serve", "--bind", "0.0.0.0", "--acme", "letsencrypt");
        Assert.Equal(1, code);
        Assert.Equal(2, errors.Trim().Split('\n').Length);
    }

    [Fact]
    public async Task Own_CA_is_shown_by_a_verb()
    {
        var (code, _, errors) = await RunAsync("certificate", "show");
        Assert.Equal(1, code);
        Assert.Contains("no own CA", errors, StringComparison.Ordinal);

        var authority = new Vdi.Server.Tls.OwnAuthority(Path.Combine(_state.Folder.Root, "tls"), TimeProvider.System);
        authority.ServerCertificate(["vdi.test"]);
        (code, var output, _) = await RunAsync("certificate", "show");
        Assert.Equal(0, code);
        Assert.Equal($"authority\t{authority.AuthorityFile}\nfingerprint\t{authority.Fingerprint}\n", output);
    }

    public void Dispose() => _state.Dispose();

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "vdi.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["VDI_STATE"] = _state.Folder.Root;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, await output, await errors);
    }
}
