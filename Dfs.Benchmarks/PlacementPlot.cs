using System.Globalization;
using System.Text;

namespace Dfs.Benchmarks;

/// <summary>Each node's load beside the one that its weight asks for, as an SVG: a point a node, a panel a case, a band for the tenth.</summary>
internal static class PlacementPlot
{
    private const int Width = 260, Height = 220, Left = 44, Top = 34, Gap = 18;

    /// <summary>A load twice as high as it should be is at the upper edge; what is beyond is drawn there.</summary>
    private const double RatioMax = 2;

    /// <param name="panels">Ideal: of the mean node; Ratio: load divided by the ideal one.</param>
    public static string Draw(IReadOnlyList<(string Title, double[] Ideal, double[] Ratio)> panels)
    {
        var (width, height) = (Left + (panels.Count * (Width + Gap)), Top + Height + 50);
        var svg = new StringBuilder();
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">");
        Line($"<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>");
        for (var panel = 0; panel < panels.Count; panel++)
        {
            DrawPanel(panels[panel], Left + (panel * (Width + Gap)));
        }

        Line($"<text x=\"12\" y=\"{Top + (Height / 2)}\" transform=\"rotate(-90 12 {Top + (Height / 2)})\" text-anchor=\"middle\">load / what the weight asks for</text>");
        Line($"<text x=\"{width / 2}\" y=\"{height - 8}\" text-anchor=\"middle\">what the weight asks for, mean node = 1; the band is a tenth</text>");
        Line($"</svg>");
        return svg.ToString();

        void DrawPanel((string Title, double[] Ideal, double[] Ratio) panel, int x)
        {
            var idealMax = Math.Ceiling(panel.Ideal.Max() * 2) / 2;
            Line($"<text x=\"{x + (Width / 2)}\" y=\"{Top - 12}\" text-anchor=\"middle\">{panel.Title}</text>");
            Line($"<rect x=\"{x}\" y=\"{Y(1.1):0.0}\" width=\"{Width}\" height=\"{Y(0.9) - Y(1.1):0.0}\" fill=\"#dcecdc\"/>");
            Line($"<rect x=\"{x}\" y=\"{Top}\" width=\"{Width}\" height=\"{Height}\" fill=\"none\" stroke=\"#888\"/>");
            foreach (var tick in new[] { 0, 0.5, 1, 1.5, 2 })
            {
                Line($"<text x=\"{x - 4}\" y=\"{Y(tick) + 4:0.0}\" text-anchor=\"end\">{tick:0.0}</text>");
            }

            for (var tick = 0.0; tick <= idealMax; tick += 0.5)
            {
                Line($"<text x=\"{x + (Width * tick / idealMax):0.0}\" y=\"{Top + Height + 14}\" text-anchor=\"middle\">{tick:0.0}</text>");
            }

            for (var node = 0; node < panel.Ratio.Length; node++)
            {
                Line($"<circle cx=\"{x + (Width * panel.Ideal[node] / idealMax):0.0}\" cy=\"{Y(Math.Min(panel.Ratio[node], RatioMax)):0.0}\" r=\"1.8\" fill=\"#1f5fa8\" fill-opacity=\"0.5\"/>");
            }
        }

        static double Y(double ratio) => Top + (Height * (1 - (ratio / RatioMax)));

        void Line(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
