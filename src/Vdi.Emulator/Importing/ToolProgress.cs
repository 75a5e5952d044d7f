using System.Globalization;
using System.Text;

namespace Vdi.Emulator.Importing;

/// <summary>What qemu-img -p says of how far it is: "    (12.34/100%)" and a carriage return, again and again.</summary>
/// <param name="progress">Is told percent, each higher than the last.</param>
internal sealed class ToolProgress(IProgress<double> progress)
{
    private const int MaxDigits = 8;
    private readonly StringBuilder _number = new();
    private bool _inside;
    private double _last = -1;

    public void Hear(ReadOnlySpan<char> said)
    {
        foreach (var character in said)
        {
            if (character == '(')
            {
                _number.Clear();
                _inside = true;
            }
            else if (_inside && character == '/')
            {
                _inside = false;
                if (double.TryParse(_number.ToString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent > _last && percent <= 100)
                {
                    progress.Report(_last = percent);
                }
            }
            else if (_inside)
            {
                _inside = _number.Length < MaxDigits;
                _number.Append(character);
            }
        }
    }
}
