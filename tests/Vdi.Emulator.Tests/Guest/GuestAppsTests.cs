using Vdi.Emulator.Guest;

namespace Vdi.Emulator.Tests.Guest;

/// <summary>What an image says of its applications is read as text, and nothing of it is believed.</summary>
public sealed class GuestAppsTests
{
    [Theory]
    [InlineData("mousepad %U", new[] { "mousepad" })]
    [InlineData("exo-open --launch WebBrowser %u", new[] { "exo-open", "--launch", "WebBrowser" })]
    [InlineData("sh -c \"echo \\\"a b\\\" \\$HOME\" 100%%", new[] { "sh", "-c", "echo \"a b\" $HOME", "100%" })]
    [InlineData("a \"\" b", new[] { "a", "", "b" })]
    [InlineData("  ", new string[0])]
    public void Command_line_is_split_as_the_specification_says(string exec, string[] words) => Assert.Equal(words, GuestApps.SplitCommand(exec));

    [Fact]
    public void Entry_becomes_an_application()
    {
        var app = GuestApps.Parse("mousepad\tMousepad\tSimple Text Editor\tmousepad %U\t/srv\tUtility;TextEditor;\ttext/plain;text/x-c;\tfalse\taGVsbG8=")!;
        Assert.Equal(("mousepad", "Mousepad", "Simple Text Editor", "mousepad", "/srv", false), (app.Entry, app.Name, app.Comment, app.Command, app.Folder, app.Terminal));
        Assert.Equal(["Utility", "TextEditor"], app.Categories);
        Assert.Equal(["text/plain", "text/x-c"], app.FileTypes);
        Assert.Equal("hello"u8, app.Icon!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\tb\tc\td\te\tf\tg\th")]
    [InlineData("a\tA\t\t\t\t\t\tfalse\t")]
    [InlineData("a\tA\u001b[31m\t\ta\t\t\t\tfalse\t")]
    public void What_is_no_entry_is_passed_over(string line) => Assert.Null(GuestApps.Parse(line));

    [Fact]
    public void Long_texts_are_cut_and_large_icons_left_out()
    {
        var app = GuestApps.Parse($"a\t{new string('A', 900)}\t\ta\trelative\t\t\tfalse\t{Convert.ToBase64String(new byte[25 * 1024])}")!;
        Assert.Equal((500, null, null), (app.Name.Length, app.Folder, app.Icon));
    }
}
