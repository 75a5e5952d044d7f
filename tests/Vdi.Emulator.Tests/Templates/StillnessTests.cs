using Microsoft.Extensions.Time.Testing;
using Vdi.Emulator.Templates;

namespace Vdi.Emulator.Tests.Templates;

public sealed class StillnessTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Black_screen_is_never_painted() => Assert.False(ObserveFor(new byte[999], TimeSpan.FromMinutes(1)));

    [Fact]
    public void Painted_screen_is_still_after_the_period() => Assert.True(ObserveFor(Painted(7), TimeSpan.FromSeconds(5)));

    [Fact]
    public void Change_begins_the_period_anew()
    {
        var stillness = new Stillness(TimeSpan.FromSeconds(5), _time);
        for (byte i = 1; i < 20; i++)
        {
            Assert.False(stillness.Observe(Painted(i)));
            _time.Advance(TimeSpan.FromSeconds(4));
        }
    }

    private bool ObserveFor(byte[] picture, TimeSpan period)
    {
        var stillness = new Stillness(TimeSpan.FromSeconds(5), _time);
        stillness.Observe(picture);
        _time.Advance(period);
        return stillness.Observe(picture);
    }

    private static byte[] Painted(byte colour)
    {
        var picture = new byte[999];
        picture.AsSpan(200, 300).Fill(colour);
        return picture;
    }
}
