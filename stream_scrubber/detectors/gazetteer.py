"""Words that name people and places: lists of facts, written for this project, each in one spelling.

Rules: `GIVEN` and `FAMILY` hold names that are no everyday word where they are written with a capital; those that are
stand in `DOUBTFUL` and need more than themselves. Places are countries, capitals and large cities. Lists are never
complete: they help where no model is installed.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(word.replace("_", " ") for word in text.split())


GIVEN = _words("""
James John Robert Michael William David Richard Joseph Thomas Christopher Charles Daniel Matthew Anthony Steven Paul
Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan
Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Raymond Jerry Dennis Tyler Aaron Jose Adam
Nathan Henry Zachary Douglas Peter Kyle Noah Ethan Jeremy Walter Christian Keith Roger Terry Austin Sean Gerald Carl
Harold Dylan Arthur Lawrence Jordan Jesse Bryan Billy Bruce Gabriel Joe Logan Alan Juan Albert Willie Elijah Wayne
Randy Vincent Mason Roy Ralph Bobby Russell Bradley Philip Eugene Liam Oliver Theo Theodore Leo Oscar Harry Charlie
Alfie Freddie Archie Edgar Stanley Leonard Howard Fred Frederick Francis Louis Craig Derek Dean Glenn Stuart Graham
Nigel Trevor Clive Barry Duncan Gareth Rhys Owen Callum Ewan Angus Hamish Declan Cillian Niamh Aoife Siobhan Saoirse
Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley
Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Dorothy Amy Kathleen
Angela Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Debra Rachel Carolyn Janet Maria Olivia
Heather Helen Catherine Diane Julie Victoria Joyce Lauren Kelly Christina Joan Evelyn Judith Andrea Hannah Jacqueline
Megan Cheryl Martha Madison Teresa Gloria Sara Janice Kathryn Ann Abigail Sophia Frances Jean Alice Judy Isabella Julia
Denise Amber Marilyn Danielle Beverly Theresa Diana Brittany Natalie Charlotte Kayla Alexis Lori Jane Anne Ellen Lucy
Chloe Amelia Isla Ava Mia Poppy Ella Freya Evie Phoebe Imogen Harriet Georgia Gemma Tracey Lesley Fiona Alison Gillian
Hilary Claire Louise Vanessa Wendy Yvonne Suzanne Sally Molly Maggie Katie Kate Becky Debbie Sue Tina Tara Vicky Zoe
Mike Steve Dave Chris Matt Dan Ben Sam Tom Tim Jim Jimmy Tony Greg Jeff Ken Ron Rob Bob Ted Phil Andy Alex Max Josh Zach
Luke Mark Adrian Martin Simon Neil Ian Colin Malcolm Julian Dominic Marcus Felix Hugo Jasper Toby Rory Miles Jack
Hans Peter Wolfgang Klaus Jürgen Dieter Manfred Uwe Günter Günther Horst Bernd Helmut Heinz Gerhard Werner Rainer
Stefan Andreas Matthias Markus Torsten Thorsten Jens Sven Ralf Frank Michael Jörg Holger Dirk Volker Detlef Norbert
Karl Karl-Heinz Hans-Peter Friedrich Heinrich Hermann Otto Walter Kurt Ernst Lukas Jonas Finn Leon Luis Elias Emil Anton
Moritz Niklas Tobias Sebastian Florian Philipp Fabian Maximilian Johannes Jan Lars Björn Benedikt Johann Ludwig
Sabine Monika Petra Ursula Renate Karin Ingrid Helga Gisela Erika Brigitte Birgit Andrea Heike Susanne Claudia Gabriele
Angelika Elke Kerstin Ute Silke Anja Katrin Kathrin Stefanie Nadine Tanja Melanie Bettina Martina Christa Hannelore
Gerda Elfriede Ilse Edith Hildegard Irmgard Waltraud Lieselotte Greta Frieda Ida Lena Leonie Lea Marie Mila Johanna
Franziska Annika Katharina Jana Sonja Heidi Ulrike Annette Anke Dagmar Jutta Margarete Hedwig Mathilda Lieschen Vera
Jean Pierre Michel André Philippe Alain Bernard Jacques Daniel Patrick Gérard René Christophe Nicolas Christian
Laurent Frédéric Stéphane Éric Pascal Olivier Thierry Guillaume Antoine Julien Sébastien Benoît Mathieu Maxime
François Gilles Yves Didier Bruno Hervé Xavier Emmanuel Romain Alexandre Lucas Gabriel Raphaël Arthur Jules Hugo Adam
Marcel Roger Henri Gaston Lucien Fernand Émile Théo Clément Bastien Quentin Rémi Cédric Jérôme Ludovic Marc Luc
Nathalie Isabelle Sylvie Catherine Françoise Valérie Martine Véronique Sandrine Christelle Monique Céline Aurélie
Stéphanie Virginie Émilie Élodie Julie Camille Manon Léa Chloé Inès Jade Louise Emma Zoé Juliette Margaux Clémence
Brigitte Chantal Nicole Jacqueline Jeanne Simone Odette Yvette Madeleine Colette Geneviève Hélène Agathe Océane
Antonio José Manuel Francisco Juan Javier Carlos Jesús Alejandro Miguel Rafael Pedro Ángel Pablo Fernando Sergio Luis
Jorge Alberto Diego Álvaro Adrián Raúl Iván Rubén Enrique Ramón Vicente Andrés Joaquín Santiago Eduardo Mario Roberto
Ignacio Gonzalo Mateo Leonardo Emiliano Rodrigo Felipe Gustavo Ricardo Hernán Salvador Esteban Arturo Julio César
Carmen Josefa Isabel Dolores Pilar Teresa Ana Francisca Laura Antonia Mercedes Cristina Marta Lucía Rosario Paula Elena
Raquel Manuela Concepción Beatriz Silvia Rocío Encarnación Montserrat Alba Nuria Inmaculada Yolanda Sofía Valentina
Camila Ximena Guadalupe Esperanza Inés Noelia Verónica Lorena Alicia Natalia Daniela Adriana Gabriela Mariana Renata
Giuseppe Giovanni Antonio Mario Luigi Francesco Angelo Vincenzo Pietro Salvatore Carlo Franco Domenico Bruno Paolo
Michele Giorgio Aldo Sergio Luciano Roberto Stefano Marco Andrea Luca Matteo Alessandro Davide Simone Lorenzo Riccardo
Federico Leonardo Tommaso Edoardo Gabriele Massimo Fabio Claudio Enrico Maurizio Daniele Emanuele Filippo Nicola
Giulia Chiara Francesca Federica Sara Martina Valentina Alessia Elisa Silvia Elena Giovanna Rosa Lucia Angela Paola
Caterina Antonella Daniela Simona Barbara Ilaria Giorgia Aurora Ginevra Beatrice Matilde Bianca Rosanna Donatella Fabiola
Jan Andrzej Piotr Krzysztof Stanisław Tomasz Paweł Józef Marcin Marek Michał Grzegorz Jerzy Tadeusz Adam Łukasz
Zbigniew Ryszard Dariusz Henryk Mariusz Kazimierz Wojciech Robert Mateusz Marian Rafał Jacek Janusz Mirosław Maciej
Jakub Szymon Kacper Filip Bartosz Kamil Dawid Artur Sławomir Jarosław Bogdan Zdzisław Przemysław
Katarzyna Małgorzata Agnieszka Krystyna Barbara Ewa Elżbieta Zofia Janina Teresa Joanna Magdalena Monika Jadwiga Danuta
Irena Halina Helena Beata Aleksandra Marta Dorota Grażyna Jolanta Iwona Karolina Bożena Urszula Justyna Renata
Alicja Paulina Sylwia Wanda Kinga Natalia Weronika Zuzanna Maja Hanna Oliwia Wiktoria
João Antônio Francisco Carlos Paulo Pedro Lucas Luiz Marcos Luís Gabriel Rafael Daniel Marcelo Bruno Eduardo Felipe
Rodrigo Manoel Mateus André Fernando Fábio Leonardo Gustavo Guilherme Leandro Tiago Thiago Anderson Ricardo Márcio
Caio Vinícius Otávio Murilo Heitor Davi Arthur Joaquim Nuno Rui Gonçalo Duarte Afonso Tomás
Ana Francisca Antônia Adriana Juliana Márcia Fernanda Patrícia Aline Sandra Camila Amanda Bruna Jéssica Letícia
Júlia Luciana Vanessa Mariana Gabriela Vitória Larissa Beatriz Luana Débora Rafaela Raquel Inês Catarina Matilde Leonor
Erik Lars Karl Anders Johan Per Nils Carl Mikael Jan Hans Lennart Olof Peter Gunnar Sven Fredrik Bengt Bo Daniel
Gustav Göran Magnus Åke Stig Björn Rolf Ulf Håkan Jonas Mats Kjell Leif Niklas Emil Axel Elias Viktor Ludvig Isak
Arvid Maja Astrid Alva Elsa Wilma Ebba Ingrid Kerstin Birgitta Margareta Elisabeth Eva Anna Karin Kristina Lena
Marie Gunilla Ulla Annika Malin Linnea Emelie Sofia Hanna Jenny Åsa Agneta Inger Märta Saga Tuva Freja Solveig Siri
Ole Kjetil Øyvind Bjørn Torbjørn Søren Jesper Rasmus Mads Mikkel Nikolaj Henrik Kasper Lasse Morten Thor Knud Signe
Matti Timo Juha Kari Antti Jari Mikko Jukka Pekka Markku Hannu Heikki Seppo Ilkka Juhani Tapio Olavi Johannes Eero
Ville Tuomas Lauri Aleksi Janne Sami Petri Esa Aki Reijo Veikko Aino Helmi Tuula Anneli Johanna Marjatta Kaarina
Liisa Päivi Pirjo Ritva Leena Riitta Sari Minna Tiina Heli Eeva Kirsi Satu Merja Outi Katri Venla Sanna Anni Jenni
Daan Sem Bram Thijs Jeroen Pieter Willem Hendrik Cornelis Johannes Gerrit Dirk Maarten Sander Joost Ruud Wouter
Bas Niels Jaap Kees Henk Joris Koen Stijn Femke Sanne Anouk Lotte Fleur Marloes Marieke Ingeborg Saskia Willemijn
Johanna Geertruida Neeltje Maaike Roos Iris Eline Wietske Mieke Truus Ans Hennie
Raj Rajesh Suresh Ramesh Mahesh Amit Sanjay Vijay Anil Sunil Ravi Rahul Rohit Arjun Vikram Deepak Manoj Ashok Rakesh
Arun Krishna Gopal Karthik Sandeep Pradeep Naveen Nikhil Aarav Vivaan Aditya Vihaan Ishaan Kabir Dhruv Rohan Ankit
Priya Anjali Pooja Neha Kavita Sunita Anita Rekha Geeta Lakshmi Sita Radha Meera Divya Deepika Shreya Ananya Aisha Diya
Saanvi Riya Isha Swati Nisha Shanti Usha Asha Lalita Padma Sneha Aishwarya
Mohammed Muhammad Mohamed Ahmed Ali Hassan Hussein Omar Khalid Ibrahim Yusuf Youssef Mustafa Abdullah Abdul Hamza Bilal
Tariq Karim Samir Rashid Salim Faisal Nasser Walid Fatima Aisha Khadija Zainab Maryam Layla Leila Amina Noor Yasmin
Salma Huda Samira Nadia Rania Mehmet Mustafa Emre Murat Ayşe Fatma Emine Hatice Zeynep Elif Merve Hakan Serkan Burak
Ivan Dmitri Dmitry Sergei Sergey Alexei Aleksei Vladimir Nikolai Mikhail Andrei Boris Igor Oleg Yuri Pavel Anatoly
Natasha Olga Tatiana Svetlana Irina Ekaterina Ludmila Galina Oksana Anastasia Polina Yelena Ksenia Volodymyr Taras
Wei Jing Ming Xiao Yan Hui Jun Ling Hong Yong Feng Lei Ying Xin Mei Chen Hiroshi Takashi Kenji Yuki Haruto Sota Yuto
Kazuki Satoshi Makoto Akira Yoko Keiko Sakura Hana Yui Aoi Naoko Tomoko Kumiko Minjun Seojun Jiwoo Minh Nguyen Thanh
Lucia Nikola Dragan Zoran Milan Goran Ivana Jovana Zuzana Petra Jiří Tomáš Jaroslav Miroslav Václav František Lukáš
Jana Eva Lenka Kateřina Lucie Věra Alena Hana László István Zoltán Sándor Gábor Attila Ferenc Ágnes Zsuzsanna Katalin
Ioannis Georgios Dimitris Konstantinos Nikolaos Eleni Vasiliki Aikaterini Ion Gheorghe Mihai Andrei Elena Ioana
Kwame Kofi Ama Chinedu Ngozi Oluwaseun Adebayo Thabo Sipho Nomsa Amara Chiamaka Wanjiru Kamau Tendai Fatou Mamadou
""")

FAMILY = _words("""
Smith Johnson Williams Jones Davis Miller Wilson Moore Taylor Anderson Thomas Jackson Harris Martin Thompson
Garcia Martinez Robinson Clark Rodriguez Lewis Walker Allen Hernandez Wright Lopez Scott Adams
Gonzalez Nelson Mitchell Perez Roberts Turner Phillips Campbell Edwards Collins Stewart
Sanchez Morris Rogers Reed Murphy Bailey Rivera Richardson Howard Torres Peterson
Ramirez Watson Sanders Bennett Barnes Ross Henderson Coleman Jenkins Perry Powell Patterson Hughes Flores
Washington Simmons Gonzales Bryant Russell Griffin Diaz Hayes Myers Hamilton Sullivan Wallace Cole
Owens Reynolds Fisher Ellis Harrison Gibson McDonald Marshall Ortiz Gomez Murray Freeman Wells Simpson
Stevens Tucker Porter Hunter Hicks Crawford Boyd Morales Kennedy Warren Dixon Ramos Reyes Gordon
Robertson Ferguson Hawkins Henry Gardner Payne Pierce Elliott Cunningham Bradley O'Brien O'Connor O'Neill Evans Davies
Patel Khan Shah Singh Kaur Kumar Sharma Gupta Verma Reddy Nair Iyer Menon Rao Das Mehta Joshi Chopra Malhotra Banerjee
Chatterjee Mukherjee Ghosh Desai Kapoor Agarwal Mishra Pandey Yadav Hussain Begum Ahmed Chowdhury Rahman Islam
Müller Schmidt Schneider Fischer Meyer Weber Schulz Hoffmann Schäfer Bauer Koch Richter Klein
Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier
Lehmann Schmid Schulze Maier Köhler Herrmann König Mayer Huber Kaiser Fuchs Peters Möller Weiß Jung
Hahn Schubert Vogel Friedrich Keller Günther Winkler Berger Roth Beck Lorenz Baumann Franke Böhm Schuster Kraus
Winter Schumacher Krämer Vogt Stein Jäger Brandt Haas Schreiber Graf Dietrich Ziegler Kuhn Kühn Pohl Engel
Bernard Dubois Durand Robert Moreau Laurent Simon Michel Lefebvre Leroy Roux Bertrand Morel Fournier Girard
Bonnet Dupont Lambert Fontaine Rousseau Muller Lefèvre Faure Mercier Guérin Boyer Garnier Chevalier
Legrand Gauthier Perrin Clément Morin Nicolas Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont Lemaire
Meunier Blanchard Dufour Brunet Rivière Lucas Giraud Arnaud Leclerc Vidal Picard Renard Barbier Caron
García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Jiménez Ruiz Hernández Díaz
Álvarez Muñoz Romero Alonso Gutiérrez Navarro Domínguez Vázquez Gil Serrano Blanco Molina
Suárez Ortega Castro Ortiz Rubio Marín Sanz Núñez Iglesias Medina Garrido Cortés Castillo Guerrero Lozano
Méndez Cruz Prieto Peña Herrera Márquez Cabrera Fuentes Aguilar Vargas Mendoza Ibáñez Moya
Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Conti De_Luca Mancini Costa Giordano
Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli Martini Leone
Longo Gentile Martinelli Vitale Lombardo Serra Coppola De_Santis D'Angelo Marchetti Parisi Villa Conte Ferri
Nowak Kowalski Kowalska Wiśniewski Wiśniewska Wójcik Kowalczyk Kamiński Kamińska Lewandowski Lewandowska Zieliński
Zielińska Szymański Szymańska Woźniak Dąbrowski Dąbrowska Kozłowski Kozłowska Jankowski Mazur Wojciechowski
Kwiatkowski Krawczyk Kaczmarek Piotrowski Grabowski Zając Pawłowski Michalski Król Wieczorek Jabłoński Wróbel
Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro Martins Carvalho Almeida Lopes
Soares Fernandes Vieira Barbosa Rocha Dias Nascimento Andrade Moreira Nunes Marques Machado Mendes Freitas Cardoso
Ramos Gonçalves Santana Teixeira Araújo Pinto Correia Cunha Moura Cavalcanti Azevedo Campos Monteiro Sousa
Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson Jansson
Hansson Bengtsson Jönsson Lindberg Jakobsson Magnusson Lindström Olofsson Lindqvist Lindgren Berg Axelsson Bergström
Lundberg Lind Lundgren Lundqvist Mattsson Berglund Fredriksson Sandberg Henriksson Forsberg Sjöberg Wallin Engström
Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Nielsen Christensen Rasmussen
Sørensen Jørgensen Petersen Madsen Kristensen Møller Thomsen Poulsen
Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen Lehtonen Lehtinen Saarinen
Salminen Heinonen Niemi Heikkilä Salonen Kinnunen Turunen Salo Laitinen Tuominen Rantanen Karjalainen Jokinen
De_Jong Jansen De_Vries Bakker Visser Smit Meijer Mulder De_Groot Bos Vos Hendriks
Van_Dijk Van_den_Berg Van_der_Berg Van_Leeuwen Dekker Dijkstra Vermeulen Van_der_Meer Kok Schouten Willems Hoekstra
Koster Prins Huisman Postma Kuipers Veenstra Kramer Van_Beek Brouwer
Ivanov Petrov Sidorov Smirnov Kuznetsov Popov Volkov Sokolov Novak Novák Svoboda Dvořák Horvat Horváth Nagy Kovács
Tóth Szabó Papadopoulos Popescu Ionescu Yılmaz Kaya Demir Çelik Şahin Öztürk Nguyen Tran Pham Hoang Wang Zhang Liu Chen
Yang Huang Zhao Zhou Tanaka Sato Suzuki Takahashi Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Kim Park Choi
Jung Kang Okafor Okonkwo Adeyemi Mensah Diallo Traoré Dlamini Nkosi Mwangi Otieno
""")

DOUBTFUL = _words("""
Will Mark May Rose Grace Hope Joy Bill Jack Max Rob Sue Jean Dean Art Amber Iris Miles Mason Ray Guy Faith Summer
Dawn Ivy Ruby Pearl Frank Grant Chase Drew Pat Rich Tony Jordan Austin Madison Georgia Virginia Victoria Sydney Paris
Florence Charlotte Lourdes Carmen Milan Jackson Lincoln Washington Hunter Carter Tyler Bo Jun Yan Hong Ling Lei Feng
Per Siri Sami Bas Sem Roos Ans Alba Inmaculada Encarnación Dolores Mercedes Pilar Esperanza Rosario Guadalupe
Lang Klein Jung Wolf Winter Stein Berg Lind Kaiser König Fuchs Engel Schwarz Braun Weiß Vogel Graf Fischer Koch Becker
Bauer Richter Jäger Schneider Cruz Costa Rocha Silva Lima Pinto Campos Villa Serra Romano Greco Conte Leone Gentile
Longo Blanco Rubio Castillo Guerrero Fuentes Moya Gil Prieto Martin Simon Robert Bernard Bonnet Masson Duval Picard
Renard Marchand Barbier Chevalier Mercier Reed Fisher Porter Tucker Cole Pierce Wells Payne Gardner Hicks Das Rao Khan
Kim Park Kang Wang Bos Vos Kok Prins Kramer Bakker Smit Song Ali Andrea Angel Chase Hana Asha Rosa Rui Sara Nova Milan
Hugo Oscar Leo Jade Mars Faith Christian Roman Terry Kelly Scott Noor Lea Ida Lotte Fleur Ville Kari Sari Satu Usha
Ama Adam Eve Ben Dan Ken Ted Tim Tom Sam Tina Sandy Penny Sally Molly Jerry Randy Candy Dolly Sissy Bruno Axel Saga Tuva
Judy Wayne Glenn Logan Kyle Craig Wendy Aurora Beatrice Bianca Louise Marie Poppy Georgia Joe John Jane
""")
"""Names that are also a word, a place or a brand: alone they say nothing."""

PLACES = _words("""
Afghanistan Albania Algeria Andorra Angola Argentina Armenia Australia Austria Azerbaijan Bahamas Bahrain Bangladesh
Barbados Belarus Belgium Belize Benin Bhutan Bolivia Botswana Brazil Brunei Bulgaria Burundi Cambodia Cameroon Canada
Chile China Colombia Comoros Congo Croatia Cuba Cyprus Czechia Denmark Djibouti Dominica Ecuador Egypt Eritrea Estonia
Eswatini Ethiopia Fiji Finland France Gabon Gambia Germany Ghana Greece Grenada Guatemala Guinea Guyana Haiti Honduras
Hungary Iceland India Indonesia Iran Iraq Ireland Israel Italy Jamaica Japan Kazakhstan Kenya Kiribati Kosovo Kuwait
Kyrgyzstan Laos Latvia Lebanon Lesotho Liberia Libya Liechtenstein Lithuania Luxembourg Madagascar Malawi Malaysia
Maldives Mali Malta Mauritania Mauritius Mexico Micronesia Moldova Monaco Mongolia Montenegro Morocco Mozambique
Myanmar Namibia Nauru Nepal Netherlands Nicaragua Niger Nigeria Norway Oman Pakistan Palau Palestine Panama Paraguay
Peru Philippines Poland Portugal Qatar Romania Russia Rwanda Samoa Senegal Serbia Seychelles Singapore Slovakia
Slovenia Somalia Spain Sudan Suriname Sweden Switzerland Syria Taiwan Tajikistan Tanzania Thailand Togo Tonga Tunisia
Turkey Türkiye Turkmenistan Tuvalu Uganda Ukraine Uruguay Uzbekistan Vanuatu Venezuela Vietnam Yemen Zambia Zimbabwe
England Scotland Wales Britain Bavaria Catalonia Tuscany Sicily Normandy Brittany Flanders
Deutschland Österreich Schweiz Frankreich Italien Spanien Polen Niederlande Belgien Dänemark Schweden Norwegen Finnland
Türkei Griechenland Ungarn Tschechien Russland Allemagne Autriche Suisse Espagne Italie Angleterre Belgique Pologne
España Alemania Francia Italia Inglaterra México Perú Brasil Alemanha França Espanha Polska Niemcy Francja
Sverige Norge Danmark Suomi Ruotsi Nederland België Germania Spagna
London Birmingham Manchester Leeds Glasgow Liverpool Edinburgh Bristol Cardiff Belfast Sheffield Nottingham Leicester
Newcastle Southampton Brighton Plymouth Coventry Aberdeen Dundee Cambridge Oxford Dublin Galway Limerick
Chicago Houston Philadelphia Phoenix Dallas Austin Jacksonville Columbus Charlotte Indianapolis Seattle Denver Boston
Nashville Detroit Portland Memphis Louisville Baltimore Milwaukee Albuquerque Tucson Fresno Sacramento Atlanta Miami
Oakland Minneapolis Tulsa Cleveland Orleans Tampa Honolulu Anaheim Pittsburgh Cincinnati Anchorage Orlando Brooklyn
Manhattan California Texas Florida Illinois Pennsylvania Ohio Michigan Massachusetts Tennessee Indiana Arizona
Maryland Wisconsin Minnesota Colorado Alabama Louisiana Kentucky Oregon Oklahoma Connecticut Utah Iowa Nevada Arkansas
Mississippi Kansas Nebraska Idaho Hawaii Maine Montana Delaware Vermont Wyoming Alaska
Toronto Montreal Montréal Vancouver Calgary Ottawa Edmonton Quebec Québec Winnipeg Halifax Ontario Alberta Manitoba
Sydney Melbourne Brisbane Perth Adelaide Canberra Hobart Darwin Queensland Tasmania Auckland Wellington Christchurch
Berlin Hamburg München Munich Köln Cologne Frankfurt Stuttgart Düsseldorf Dortmund Essen Leipzig Bremen Dresden Hannover
Nürnberg Nuremberg Duisburg Bochum Wuppertal Bielefeld Bonn Münster Karlsruhe Mannheim Augsburg Wiesbaden Mainz Kiel
Aachen Halle Magdeburg Freiburg Krefeld Lübeck Oberhausen Erfurt Rostock Kassel Potsdam Saarbrücken Heidelberg Ulm
Wien Vienna Graz Linz Salzburg Innsbruck Zürich Zurich Genf Geneva Genève Basel Bern Lausanne Luzern Winterthur
Paris Marseille Lyon Toulouse Nice Nantes Strasbourg Montpellier Bordeaux Lille Rennes Reims Toulon Grenoble Dijon
Angers Nîmes Brest Limoges Tours Amiens Perpignan Metz Besançon Orléans Rouen Mulhouse Caen Nancy
Madrid Barcelona Valencia Sevilla Seville Zaragoza Málaga Murcia Palma Bilbao Alicante Córdoba Valladolid Vigo Gijón
Granada Vitoria Elche Oviedo Badalona Cartagena Jerez Pamplona Salamanca Burgos Santander Toledo
Roma Rome Milano Milan Napoli Naples Torino Turin Palermo Genova Genoa Bologna Firenze Florence Bari Catania Venezia
Venice Verona Messina Padova Trieste Brescia Parma Prato Modena Perugia Livorno Ravenna Cagliari Foggia Rimini Salerno
Lisboa Lisbon Porto Braga Coimbra Faro Warszawa Warsaw Kraków Krakow Łódź Wrocław Poznań Gdańsk Szczecin Bydgoszcz
Lublin Katowice Białystok Gdynia Częstochowa Radom Amsterdam Rotterdam Utrecht Eindhoven Tilburg Groningen Almere Breda
Nijmegen Haarlem Arnhem Enschede Maastricht Leiden Delft Antwerpen Antwerp Gent Ghent Brugge Brussel Brussels Bruxelles
Liège Namur Stockholm Göteborg Gothenburg Malmö Uppsala Västerås Örebro Linköping Helsingborg Norrköping Umeå Oslo
Bergen Trondheim Stavanger København Copenhagen Aarhus Odense Aalborg Helsinki Espoo Tampere Vantaa Turku Oulu
Jyväskylä Kuopio Lahti Reykjavik Tallinn Riga Vilnius Kaunas Prague Praha Brno Ostrava Bratislava Košice Budapest
Debrecen Szeged Bucharest București Cluj Timișoara Sofia Plovdiv Belgrade Beograd Zagreb Split Ljubljana Maribor Sarajevo
Skopje Tirana Podgorica Athens Athen Thessaloniki Patras Istanbul Ankara Izmir Antalya Kyiv Kiev Kharkiv Odesa Lviv
Minsk Moscow Moskau Petersburg Novosibirsk Yekaterinburg Kazan Tbilisi Yerevan Baku Tehran Baghdad Damascus Beirut
Jerusalem Haifa Amman Riyadh Jeddah Dubai Doha Muscat Cairo Alexandria Casablanca Rabat Marrakesh Tunis Algiers
Tripoli Lagos Abuja Accra Nairobi Mombasa Kampala Kigali Dakar Abidjan Johannesburg Pretoria Durban Harare Lusaka Luanda
Addis Khartoum Mogadishu Maputo Windhoek Mumbai Delhi Bangalore Bengaluru Hyderabad Ahmedabad Chennai Kolkata Pune
Jaipur Surat Lucknow Kanpur Nagpur Indore Bhopal Patna Vadodara Kochi Coimbatore Karachi Lahore Islamabad Rawalpindi
Dhaka Chittagong Colombo Kathmandu Beijing Shanghai Shenzhen Guangzhou Chengdu Wuhan Tianjin Chongqing Nanjing Hangzhou
Xian Taipei Kaohsiung Tokyo Osaka Kyoto Yokohama Nagoya Sapporo Kobe Fukuoka Hiroshima Sendai Seoul Busan Incheon Daegu
Pyongyang Bangkok Hanoi Saigon Jakarta Surabaya Bandung Manila Cebu Kuala Penang Rangoon Yangon Phnom Vientiane
Guadalajara Monterrey Puebla Tijuana Cancún Havana Bogotá Medellín Cali Quito Guayaquil Lima Cusco Caracas Maracaibo
Santiago Valparaíso Montevideo Asunción Brasília Salvador Fortaleza Recife Curitiba Manaus Belém Goiânia Campinas
Rosario Mendoza Kingston
""")

DOUBTFUL_PLACES = _words("""
Turkey China Georgia Jordan Chad Mali Guinea Essen Halle Nice Tours Nancy Split Cork Reading Bath Phoenix Orlando
Columbus Austin Charlotte Florence Sofia Salvador Santiago Rosario Mendoza Cali Lima Victoria Darwin Hobart Perth Bar
Bari Kobe Delft Oxford Cambridge Boston Wellington Kingston Brest Patras Faro Parma Como Colombo Surat Pune Dominica
Addis Kuala Phnom Genf Maine Orleans Ulm Bologna Bordeaux Brandenburg Italia Roma Paris Milan Verona Jerez Porto Granada
""")
"""Places that are also a word, a name or a product: they count behind a word that places something."""

TWO_WORDS = (
    "New York", "New Jersey", "New Mexico", "New Hampshire", "New Zealand", "New Delhi", "New Orleans", "Los Angeles",
    "San Francisco", "San Diego", "San Jose", "San Antonio", "Las Vegas", "Salt Lake City", "Kansas City", "Fort Worth",
    "El Paso", "Long Beach", "Santa Monica", "Santa Fe", "St. Louis", "Saint Petersburg", "North Carolina",
    "South Carolina", "North Dakota", "South Dakota", "West Virginia", "Rhode Island", "Washington DC",
    "United States", "United Kingdom", "Great Britain", "Northern Ireland", "South Africa", "South Korea",
    "North Korea", "Saudi Arabia", "Sri Lanka", "Costa Rica", "El Salvador", "Puerto Rico", "Dominican Republic",
    "Czech Republic", "Hong Kong", "Buenos Aires", "Rio de Janeiro", "São Paulo", "Belo Horizonte", "Porto Alegre",
    "Mexico City", "Ciudad de México", "Cape Town", "Tel Aviv", "Abu Dhabi", "Ho Chi Minh", "Kuala Lumpur",
    "Den Haag", "The Hague", "Frankfurt am Main", "Bad Homburg", "St. Gallen", "Sankt Gallen", "Le Havre", "Le Mans",
    "Saint-Étienne", "Aix-en-Provence", "Clermont-Ferrand", "Las Palmas", "A Coruña", "La Coruña", "San Sebastián",
    "Zielona Góra", "Bielsko-Biała", "Stoke-on-Trent", "Milton Keynes", "Ivory Coast", "Sierra Leone", "Burkina Faso",
    "Bosnia and Herzegovina", "North Macedonia", "Papua New Guinea", "Gold Coast", "Alice Springs", "British Columbia",
    "Antigua and Barbuda", "Trinidad and Tobago", "American Samoa", "Cayman Islands", "Virgin Islands", "Cook Islands",
    "Solomon Islands", "Marshall Islands", "Faroe Islands", "Falkland Islands", "French Guiana", "French Polynesia",
    "Equatorial Guinea", "Central African Republic", "Cape Verde", "Saint Lucia", "Saint Kitts and Nevis",
    "San Marino", "Isle of Man", "New Caledonia", "Western Sahara", "Vatican City", "Timor-Leste", "Guinea-Bissau",
    "Nova Scotia", "Addis Ababa", "Phnom Penh",
)  # fmt: skip
