using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests.Keyboard;

/// <summary>One desktop with the terminal that reads keys, for all tests of a class.</summary>
public sealed class KeyboardDesktop(TinyVdi fixture) : IAsyncLifetime
{
    internal Person Person { get; private set; } = null!;

    internal PhysicalKeyboard Keyboard { get; private set; } = null!;

    internal GuestKeyboard Guest { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Person = await fixture.Vdi.NewPersonAsync();
        await Person.OpenDesktopAsync();
        Keyboard = await PhysicalKeyboard.OfAsync(Person.Page);
        Guest = new GuestKeyboard(Person);
        await Person.Screen.FocusAsync();
        await Guest.OpenAsync();
    }

    public async Task DisposeAsync() => await Person.DisposeAsync();
}
