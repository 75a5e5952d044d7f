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

    [Theory]
    [InlineData(null, "Building image 'small' failed: ")]
    [InlineData("#!/nowhere/sh\n", "Building image 'small' failed: ")]
    [InlineData("#!/bin/sh\necho 'no space, or so' >&2; exit 1\n", "Building image 'small' failed:\nno space, or so")]
    [InlineData("#!/bin/sh\nexit 0\n", "Building image 'small' failed: ")]
    public async Task Image_that_cannot_be_built_is_a_sentence_and_no_stack(string? build, string words)
    {
        var recipe = Directory.CreateDirectory(Path.Combine(_state.Folder.Root, "recipes", "small")).FullName;
        await File.WriteAllTextAsync(Path.Combine(recipe, "packages"), "");
        if (build is not null)
        {
            var program = Path.Combine(_state.Folder.Root, "recipes", "build");
            await File.WriteAllTextAsync(program, build);
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var (code, _, errors) = await RunAsync("image", "build", "small");
        Assert.Equal(1, code);
        Assert.StartsWith(words, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_password_is_replaced_by_a_verb()
    {
        var (code, _, errors) = await RunAsync("admin", "reset");
        Assert.Equal(1, code);
        Assert.StartsWith("There is no user 'admin'", errors, StringComparison.Ordinal);
        var first = (await RunAsync("admin", "init")).Output.Trim();
        Assert.Equal("", (await RunAsync("admin", "init")).Output);
        (code, var output, _) = await RunAsync("admin", "reset");
        Assert.Equal(0, code);
        Assert.Matches("^[a-z0-9]{16}\n$", output);
        Assert.NotEqual(first, output.Trim());
    }

    public void Dispose() => _state.Dispose();

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "vdi.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["VDI_STATE"] = _state.Folder.Root;
        start.Environment["VDI_RECIPES"] = Path.Combine(_state.Folder.Root, "recipes");
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, await output, await errors);
    }
}
