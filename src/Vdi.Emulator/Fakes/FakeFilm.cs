namespace Vdi.Emulator.Fakes;

/// <summary>Soft shapes that drift under film grain: what a display path takes for a video. Stopped, its last picture stays.</summary>
internal sealed class FakeFilm
{
    /// <summary>qnum of the key V.</summary>
    public const byte Key = 0x2f;
    private const int Left = 160;
    private const int Top = 72;
    private const int Width = 320;
    private const int Height = 256;
    private readonly Random _grain = new(1);
    private readonly byte[] _pixels = new byte[Width * Height * 3];
    private int _frame;

    public static TimeSpan Every => TimeSpan.FromMilliseconds(33);

    public bool Running { get; set; }

    public void Next()
    {
        _frame++;
        for (var i = 0; i < _pixels.Length; i += 3)
        {
            var (x, y) = (i / 3 % Width, i / 3 / Width);
            var light = 120 + (int)(60 * Math.Sin((x + (_frame * 3)) / 40.0)) + (int)(50 * Math.Cos((y - _frame) / 30.0));
            (_pixels[i], _pixels[i + 1], _pixels[i + 2]) = (Grained(light), Grained(light * 3 / 4), Grained(250 - light));
        }
    }

    /// <summary>Over a picture of 4 bytes a pixel that is <paramref name="width"/> pixels wide; nothing before the first start.</summary>
    public void Paint(byte[] picture, int width)
    {
        for (var i = 0; _frame > 0 && i < _pixels.Length; i += 3)
        {
            var (x, y) = (i / 3 % Width, i / 3 / Width);
            _pixels.AsSpan(i, 3).CopyTo(picture.AsSpan((((Top + y) * width) + Left + x) * 4));
        }
    }

    private byte Grained(int light) => (byte)Math.Clamp(light + _grain.Next(12), 0, 255);
}
